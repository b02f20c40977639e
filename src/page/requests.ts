import { z } from 'zod';
import type { Asker, Scope } from '../credentials/scopes.ts';
import { metricFamilySchema } from '../house/metrics/family.ts';
import { mostNamesAtOnce } from './protocol.ts';

/** Something that a page may ask the device. */
interface RequestKind {
  /** What whoever asks must be allowed. */
  readonly scope: Scope;
  readonly ask: z.ZodType;
  readonly answer: z.ZodType;
  /** How long the device may take; 5 s by default. */
  readonly limitMs?: number;
  /** The longest body; 4 kB by default. */
  readonly mostBytes?: number;
}

const subjectId = z.string().max(80);

/**
 * Everything that pages ask the device, as `POST /ask/NAME` with the ask as JSON. A new kind is a line here, and its
 * answer in src/page/answers/. Ask and answer are checked on both sides of the thread of the page.
 */
export const requests = {
  /** Those of the subjects who have a name. */
  names: {
    scope: 'names',
    ask: z.strictObject({ subjectIds: z.array(subjectId).max(mostNamesAtOnce) }),
    answer: z.strictObject({ names: z.record(z.string(), z.string()) }),
  },
  /** A picture that somebody was enrolled with, at most 480 px high; null where none was kept. */
  portrait: {
    scope: 'names',
    ask: z.strictObject({ subjectId }),
    answer: z.strictObject({ jpegBase64: z.base64().max(200_000).nullable() }),
  },
  /** Everybody who is known, by name. */
  people: {
    scope: 'names',
    ask: z.strictObject({}),
    answer: z.strictObject({
      people: z.array(
        z.strictObject({
          subjectId,
          name: z.string(),
          faceSamples: z.int(),
          voiceSamples: z.int(),
          sinceUtcMs: z.number(),
          consent: z.strictObject({ recordedBy: z.string(), recordedAtUtcMs: z.number() }).nullable(),
          disabled: z.boolean(),
          /** As `vigil people edit --hours` takes them; null: at any time. */
          hours: z.string().nullable(),
          /** As 2026-01-31; null: no last day. */
          lastDay: z.string().nullable(),
        }),
      ),
    }),
  },
  /** What the device has counted. */
  metrics: {
    scope: 'status',
    ask: z.strictObject({}),
    answer: z.strictObject({ families: z.array(metricFamilySchema) }),
  },
} as const satisfies Readonly<Record<string, RequestKind>>;

export type RequestName = keyof typeof requests;
export type Ask<Name extends RequestName> = z.output<(typeof requests)[Name]['ask']>;
export type Answer<Name extends RequestName> = z.output<(typeof requests)[Name]['answer']>;

/** The kind of that name; undefined where there is none. */
export function requestKind(name: string): RequestKind | undefined {
  return isRequestName(name) ? requests[name] : undefined;
}

export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requests, name);
}

/**
 * Answers a kind of request on the device's thread: at once, or at leisure and in parts that are short. The signal is
 * aborted when nobody waits any more. Rejects with RequestRefused where a person may read why it cannot be done.
 */
export type AnswerRequest<Name extends RequestName> = (
  ask: Ask<Name>,
  asker: Asker,
  signal: AbortSignal,
) => Answer<Name> | Promise<Answer<Name>>;

/** What a device answers; nothing of the rest. */
export type Answers = { readonly [Name in RequestName]?: AnswerRequest<Name> };

/** Why the device does not do what was asked: `status` is that of HTTP, the message is for people and holds no secret. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
