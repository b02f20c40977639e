import { z } from 'zod';
import type { Person, PersonSummary, Sample } from '../../../people/person.ts';
import { hoursExample, parseHours, parseLastDay, tellHours } from '../../../people/terms-text.ts';
import { Problem } from '../problem.ts';
import { type Route, route } from '../route.ts';
import type { Stores } from '../stores.ts';

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const count = z.int().nonnegative();
const ofPerson = z.strictObject({ id });

const personSchema = z.strictObject({
  id,
  name: z.string(),
  faceSamples: z.int().nonnegative(),
  voiceSamples: z.int().nonnegative(),
  createdAt: z.iso.datetime(),
  consent: z.strictObject({ recordedBy: z.string(), recordedAt: z.iso.datetime() }).nullable(),
  /** Recognised, and never let in. */
  disabled: z.boolean(),
  /** As `vigil people edit --hours` takes them; null: at any time. */
  hours: z.string().nullable(),
  /** Null: no last day. */
  lastDay: z.iso.date().nullable(),
});

const sampleSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(['face', 'voice']),
  addedAt: z.iso.datetime(),
  source: z.enum(['dataset', 'file', 'camera', 'microphone']),
  /** Figures by name: the size of the face, the seconds of speech. */
  quality: z.record(z.string(), z.number()),
});

const newPersonSchema = z.strictObject({ name: z.string().min(1).max(200) });
const termsSchema = z.strictObject({
  disabled: z.boolean().optional(),
  hours: z.string().max(400).nullable().optional().describe(`Null: at any time. As ${hoursExample}`),
  lastDay: z.iso.date().nullable().optional(),
});

/** Who is known, and what was agreed with them. */
export function peopleRoutes(stores: Stores): Route[] {
  const person = (subjectId: string): PersonSummary => {
    const found = stores.people.people().find((one) => one.subjectId === subjectId);
    if (found === undefined) throw new Problem(404, 'nobody is known by that id');
    return found;
  };
  return [
    route(
      {
        ...{ method: 'get', path: '/api/v1/people', summary: 'Everybody who is known', scope: 'names' },
        status: 200,
        answer: z.strictObject({ people: z.array(personSchema) }),
      },
      () => ({ people: stores.people.people().map(shown) }),
    ),
    route(
      {
        ...{
          method: 'post',
          path: '/api/v1/people',
          summary: 'Add somebody, without samples',
          scope: 'people',
        },
        json: newPersonSchema,
        status: 201,
        answer: personSchema,
        problems: [409, 422],
      },
      ({ body, asker }) => {
        if (stores.people.find(body.name) !== undefined) throw new Problem(409, 'somebody has that name');
        const { subjectId } = stores.people.add(body.name);
        stores.audit('added a person', asker, subjectId);
        return shown(person(subjectId));
      },
    ),
    route(
      {
        ...{ method: 'get', path: '/api/v1/people/{id}', summary: 'One person', scope: 'names' },
        ...{ params: ofPerson, status: 200, answer: personSchema, problems: [404] },
      },
      ({ params }) => shown(person(params.id)),
    ),
    route(
      {
        ...{ method: 'patch', path: '/api/v1/people/{id}', summary: 'Change when somebody is let in' },
        ...{ scope: 'people', params: ofPerson, json: termsSchema },
        ...{ status: 200, answer: personSchema, problems: [404, 422] },
      },
      ({ params, body, asker }) => {
        const { subjectId } = person(params.id);
        const terms = termsOf(body);
        stores.audit('changed the terms of a person', asker, subjectId);
        stores.people.setTerms(subjectId, terms);
        return shown(person(subjectId));
      },
    ),
    route(
      {
        ...{ method: 'delete', path: '/api/v1/people/{id}', scope: 'people', params: ofPerson, status: 200 },
        summary:
          'Erase somebody wherever Vigil has put something of them, their files in dataset/ and audios/ too',
        answer: z.strictObject({
          samples: count,
          journalEntries: count,
          filesDeleted: count,
          /** Files that could not be deleted. */
          failed: count,
          /** False: bytes are overwritten at the next start of the device. */
          scrubbed: z.boolean(),
        }),
        problems: [404],
      },
      async ({ params, asker, signal }) => {
        const { name } = person(params.id);
        stores.audit('erased a person', asker, null);
        const { receipt, failed, scrubbed } = await stores.erase(name, signal);
        const { samples, journalEntries, filesDeleted } = receipt;
        return { samples, journalEntries, filesDeleted, failed: failed.length, scrubbed };
      },
    ),
    route(
      {
        ...{ method: 'get', path: '/api/v1/people/{id}/samples', summary: 'What somebody is recognised by' },
        ...{ scope: 'names', params: ofPerson, status: 200, problems: [404] },
        answer: z.strictObject({ samples: z.array(sampleSchema) }),
      },
      ({ params }) => ({ samples: stores.people.samples(person(params.id).subjectId).map(shownSample) }),
    ),
    route(
      {
        ...{ method: 'delete', path: '/api/v1/people/{id}/samples/{sample}', scope: 'people', status: 200 },
        summary: 'Take a sample away; `vigil people undo` brings it back',
        params: ofPerson.extend({ sample: id }),
        answer: z.strictObject({ samples: z.array(sampleSchema) }),
        problems: [404],
      },
      ({ params, asker }) => {
        const { subjectId } = person(params.id);
        const sample = stores.people.samples(subjectId).find(({ sampleId }) => sampleId === params.sample);
        if (sample === undefined) throw new Problem(404, 'this person has no sample of that id');
        stores.audit('removed a sample of a person', asker, subjectId);
        stores.people.removeSample(sample);
        return { samples: stores.people.samples(subjectId).map(shownSample) };
      },
    ),
  ];
}

function termsOf({ disabled, hours, lastDay }: z.infer<typeof termsSchema>): Partial<Person> {
  try {
    return {
      ...(disabled === undefined ? {} : { disabled }),
      ...(hours === undefined ? {} : { hours: hours === null ? null : parseHours(hours) }),
      ...(lastDay === undefined ? {} : { lastDay: lastDay === null ? null : parseLastDay(lastDay) }),
    };
  } catch (error) {
    if (error instanceof RangeError) throw new Problem(422, error.message);
    throw error;
  }
}

function shown(person: PersonSummary): z.infer<typeof personSchema> {
  const { subjectId, name, faceSamples, voiceSamples, consent, disabled, hours, lastDay } = person;
  return {
    ...{ id: subjectId, name, faceSamples, voiceSamples, disabled, lastDay },
    createdAt: isoTime(person.createdAtUtcMs),
    consent:
      consent === null
        ? null
        : { recordedBy: consent.recordedBy, recordedAt: isoTime(consent.recordedAtUtcMs) },
    hours: hours === null ? null : tellHours(hours),
  };
}

function shownSample({
  sampleId,
  kind,
  addedAtUtcMs,
  provenance,
  quality,
}: Sample): z.infer<typeof sampleSchema> {
  return {
    id: sampleId,
    kind,
    addedAt: isoTime(addedAtUtcMs),
    source: provenance.source,
    quality: { ...quality },
  };
}

function isoTime(utcMs: number): string {
  return new Date(utcMs).toISOString();
}
