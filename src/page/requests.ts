import { z } from 'zod';
import type { Asker, Scope } from '../credentials/scopes.ts';
import { metricFamilySchema } from '../house/metrics/family.ts';
import { entryKinds } from '../journal/entry.ts';
import { breakages, handActionSchema } from '../runtime/hand-action.ts';
import { mostNamesAtOnce } from './protocol.ts';

/** Something that a page may ask the device. */
interface RequestKind {
  /** What whoever asks must be allowed. */
  readonly scope: Scope;
  readonly ask: z.ZodType;
  readonly answer: z.ZodType;
  /** How long the device may take; 5 s by default. */
  readonly limitMs?: number;
  /** What the journal says that the asker did, to the subject of the answer. */
  readonly audit?: string;
  /** The longest body; 4 kB by default. */
  readonly mostBytes?: number;
}

const subjectId = z.string().max(80);
const fields = z.record(z.string(), z.unknown());
/** A name, hours, a day: checked where they are taken. */
const line = z.string().max(200);

const person = z.strictObject({
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
});

const enrolment = z.strictObject({
  phase: z.enum(['countdown', 'looking', 'review']),
  name: z.string(),
  countdownS: z.int(),
  /** How the head is to be held; null while nothing is looked for. */
  pose: z.enum(['straight', 'left', 'right']).nullable(),
  /** Why the newest picture is not good enough. */
  hint: z
    .enum([
      ...['no-face', 'unclear-face', 'several-faces', 'too-small', 'blurred', 'too-dark', 'too-bright'],
      ...['low-contrast', 'turned', 'covered', 'another-person'],
    ] as const)
    .nullable(),
  pictures: z.array(z.strictObject({ look: z.enum(['bare', 'glasses', 'mask']), score: z.number() })),
});

/** The scene before a simulated device, as somebody plays it by hand. */
const handedScene = z.strictObject({
  /** Whether anything was done: what played by itself before is over. */
  began: z.boolean(),
  /** Who can come, and whose voices there are. */
  cast: z.array(z.string()),
  voices: z.array(z.string()),
  inView: z.array(
    z.strictObject({
      who: z.string(),
      distanceM: z.number(),
      lateralM: z.number(),
      yawDeg: z.number(),
      masked: z.boolean(),
    }),
  ),
  levelLight: z.number(),
  breakages: z.array(z.enum(breakages)),
  broken: z.array(z.enum(breakages)),
  /** What was done, the oldest first, as it will stand in a scenario. */
  steps: z.array(z.strictObject({ atMs: z.number(), text: z.string() })),
});

/**
 * Everything that pages ask the device, as `POST /ask/NAME` with the ask as JSON. A new kind is a line here, and its
 * answer in src/page/answers/: on the device's thread (live.ts), or on that of the page where it needs no device
 * (stored-people.ts). Ask and answer are checked on both sides of the page's thread.
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
  /** Entries of the journal, the newest first. Answered on the thread of the page. */
  history: {
    scope: 'names',
    ask: z.strictObject({
      kinds: z.array(z.enum(entryKinds)).nullable(),
      /** Only what is older than this entry. */
      beforeSeq: z.int().nullable(),
      fromUtcMs: z.number().nullable(),
      limit: z.int().min(1).max(200),
    }),
    answer: z.strictObject({
      entries: z.array(
        z.strictObject({
          seq: z.int(),
          utcMs: z.number(),
          kind: z.enum(entryKinds),
          facts: fields.nullable(),
          personal: fields.nullable(),
          gone: z.enum(['erased', 'expired']).nullable(),
        }),
      ),
    }),
  },
  /** How the machine is that the device runs on. Answered on the thread of the page. */
  machine: {
    scope: 'status',
    ask: z.strictObject({}),
    answer: z.strictObject({
      processUptimeMs: z.number(),
      /** What the process holds in memory. */
      residentBytes: z.number(),
      memory: z.strictObject({ freeBytes: z.number(), totalBytes: z.number() }),
      /** Processes that wanted to run, over the last minute. */
      loadAverage: z.number(),
      /** Where the journal is kept; null where the system does not say. */
      disk: z.strictObject({ freeBytes: z.number(), totalBytes: z.number() }).nullable(),
      temperatures: z.array(z.strictObject({ sensor: z.string(), celsius: z.number() })),
    }),
  },
  /** Everybody who is known, by name. */
  people: {
    scope: 'names',
    ask: z.strictObject({}),
    answer: z.strictObject({ people: z.array(person) }),
  },
  /** Pairs of people who can be taken for each other, the nearest first. */
  'confusable-people': {
    scope: 'names',
    ask: z.strictObject({}),
    answer: z.strictObject({
      pairs: z.array(z.strictObject({ subjectId, otherSubjectId: subjectId, distance: z.number() })),
    }),
    limitMs: 20_000,
  },
  /** Name and terms; what is not given stays. */
  'change-person': {
    scope: 'people',
    ask: z.strictObject({
      subjectId,
      name: line.exactOptional(),
      disabled: z.boolean().exactOptional(),
      hours: line.nullable().exactOptional(),
      lastDay: line.nullable().exactOptional(),
    }),
    answer: z.strictObject({ person }),
  },
  /** What would be erased of a person. */
  'plan-erasure': {
    scope: 'people',
    ask: z.strictObject({ subjectId }),
    answer: z.strictObject({
      samples: z.int(),
      /** Pictures and sounds that were kept. */
      originals: z.int(),
      journalEntries: z.int(),
      /** Of folders that are imported, of a network that was trained on them, traces, recordings, backups. */
      files: z.array(z.string()),
      /** Recordings of which nobody said who is in them. */
      untagged: z.array(z.string()),
    }),
    limitMs: 20_000,
  },
  'erase-person': {
    scope: 'people',
    ask: z.strictObject({ subjectId, keepFiles: z.boolean() }),
    answer: z.strictObject({
      samples: z.int(),
      journalEntries: z.int(),
      /** Files that could not be deleted. */
      failed: z.int(),
      scrubbed: z.boolean(),
    }),
    limitMs: 60_000,
  },
  /** What somebody of that name has to agree to. */
  'enrol-consent': {
    scope: 'people',
    ask: z.strictObject({ name: line }),
    answer: z.strictObject({
      scope: z.enum(['face', 'voice', 'face-and-voice']),
      keepOriginals: z.boolean(),
      version: z.string(),
    }),
  },
  /** Begins to enrol somebody: five seconds later the camera's pictures are looked at. */
  'enrol-begin': {
    scope: 'people',
    ask: z.strictObject({
      name: line,
      /** Of the text that was agreed to. */
      consentVersion: line,
      look: z.enum(['bare', 'glasses', 'mask']),
      source: z.enum(['camera', 'pictures']),
    }),
    answer: enrolment,
  },
  /** How it goes; null where nobody is enrolled any more. It ends when nobody asks. */
  'enrol-state': { scope: 'people', ask: z.strictObject({}), answer: enrolment.nullable() },
  /** More pictures, with another look. */
  'enrol-again': {
    scope: 'people',
    ask: z.strictObject({ look: z.enum(['bare', 'glasses', 'mask']) }),
    answer: enrolment,
  },
  'enrol-enough': { scope: 'people', ask: z.strictObject({}), answer: enrolment },
  /** A picture from a file, in Base64. */
  'enrol-picture': {
    scope: 'people',
    ask: z.strictObject({ picture: z.base64(), fileName: line }),
    answer: enrolment,
    limitMs: 20_000,
    mostBytes: 4_000_000,
  },
  'enrol-save': {
    scope: 'people',
    ask: z.strictObject({
      /** Though it is taken for somebody else: twins. */
      anyway: z.boolean(),
    }),
    answer: z.strictObject({ subjectId, name: z.string(), isNew: z.boolean(), pictures: z.int() }),
    audit: 'enrolled',
  },
  'enrol-end': { scope: 'people', ask: z.strictObject({}), answer: z.strictObject({}) },
  /** Tells of an error, or how it could be better: for the journal. */
  report: {
    scope: 'names',
    ask: z.strictObject({
      about: z.enum(['error', 'improvement']),
      text: z.string().trim().min(1).max(1_000),
    }),
    answer: z.strictObject({}),
  },
  scene: { scope: 'test', ask: z.strictObject({}), answer: handedScene },
  /** Does something before a simulated device, or breaks a part of it. */
  'scene-act': { scope: 'test', ask: z.strictObject({ action: handActionSchema }), answer: handedScene },
  /** All that was done as a scenario in YAML. */
  'scene-scenario': {
    scope: 'test',
    ask: z.strictObject({
      name: z
        .string()
        .max(64)
        .regex(/^[a-z0-9][a-z0-9-]*$/),
    }),
    answer: z.strictObject({ yaml: z.string() }),
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
 * Answers a kind of request. On the device's thread at once, or at leisure and in parts that are short. The signal is
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
