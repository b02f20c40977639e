import { z } from 'zod';
import { weekdays } from '../decide/standing.ts';
import { PeopleStoreError } from './errors.ts';
import { seal, unseal } from './keys.ts';
import type { Person, Provenance, SampleQuality } from './person.ts';

// What stands in the sealed columns of the store, and where: the context ties each to its column and row.

export const consentSchema = z.strictObject({
  recordedBy: z.string(),
  recordedAtUtcMs: z.int(),
  textVersion: z.string(),
  // Not in what was written before a consent could expire.
  expiresOn: z.iso.date().nullable().default(null),
});

const minute = z.int().min(0).max(1_440);
const hoursSchema = z
  .array(
    z.strictObject({ days: z.array(z.enum(weekdays)).readonly(), fromMinute: minute, untilMinute: minute }),
  )
  .readonly();
export const termsSchema = z.strictObject({
  disabled: z.boolean(),
  hours: hoursSchema.nullable(),
  lastDay: z.iso.date().nullable(),
});

const profileSchema = z.strictObject({
  name: z.string(),
  consent: consentSchema.nullable(),
  // Not in what was written before there were terms.
  hours: hoursSchema.nullable().default(null),
  lastDay: z.iso.date().nullable().default(null),
});

const contentSha256 = z.string();
const detailsSchema = z.strictObject({
  quality: z.record(z.string(), z.number()),
  provenance: z.discriminatedUnion('source', [
    z.strictObject({ source: z.literal('dataset'), root: z.string(), path: z.string(), contentSha256 }),
    z.strictObject({ source: z.literal('file'), path: z.string(), contentSha256 }),
    z.strictObject({ source: z.literal('camera'), camera: z.string(), contentSha256 }),
    z.strictObject({ source: z.literal('microphone'), microphone: z.string(), contentSha256 }),
  ]),
});

type Profile = Pick<Person, 'name' | 'consent' | 'hours' | 'lastDay'>;

interface Details {
  readonly quality: SampleQuality;
  readonly provenance: Provenance;
}

export function sealProfile(key: Uint8Array, subjectId: string, profile: Profile): Uint8Array {
  const { name, consent, hours, lastDay } = profile;
  return sealJson(key, { name, consent, hours, lastDay }, `profile of ${subjectId}`);
}

export function openProfile(key: Uint8Array, subjectId: string, sealed: Uint8Array): Profile {
  return openJson(profileSchema, key, sealed, `profile of ${subjectId}`);
}

export function sealDetails(key: Uint8Array, sampleId: string, details: Details): Uint8Array {
  const { quality, provenance } = details;
  return sealJson(key, { quality, provenance }, `details of ${sampleId}`);
}

export function openDetails(key: Uint8Array, sampleId: string, sealed: Uint8Array): Details {
  return openJson(detailsSchema, key, sealed, `details of ${sampleId}`);
}

// Typed arrays are little endian on every processor Bun runs on.
export function sealEmbedding(key: Uint8Array, sampleId: string, embedding: Float32Array): Uint8Array {
  const bytes = new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  return seal(key, bytes, `embedding of ${sampleId}`);
}

export function openEmbedding(key: Uint8Array, sampleId: string, sealed: Uint8Array): Float32Array {
  // The copy is aligned to four bytes and a buffer of its own.
  return new Float32Array(new Uint8Array(unseal(key, sealed, `embedding of ${sampleId}`)).buffer);
}

export function sealJson(key: Uint8Array, value: unknown, context: string): Uint8Array {
  return seal(key, Buffer.from(JSON.stringify(value)), context);
}

/** Throws PeopleStoreError: `corrupt` when it does not open, `newer-version` when it is not what the schema says. */
export function openJson<T>(
  schema: z.ZodType<T, unknown>,
  key: Uint8Array,
  sealed: Uint8Array,
  context: string,
): T {
  const parsed = schema.safeParse(JSON.parse(Buffer.from(unseal(key, sealed, context)).toString()));
  if (parsed.success) return parsed.data;
  throw new PeopleStoreError(
    'newer-version',
    `The ${context} was written by another version of vigil. Update vigil.`,
  );
}
