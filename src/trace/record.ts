import { z } from 'zod';
import { halErrorKinds } from '../../hal/contract/errors.ts';
import { type TraceData, traceData } from './data.ts';

/** The version of the record format; a change that a reader of the old one would misread raises it. */
export const traceVersion = 1;

export const traceKinds = [
  'actor',
  'event',
  'snapshot',
  'microstep',
  'guard',
  'timer',
  'hal.in',
  'hal.out',
  'model',
  'invariant',
  'note',
] as const;

export type TraceKind = (typeof traceKinds)[number];

const stamp = {
  v: z.literal(traceVersion),
  /** Counts from 1 without a gap; 0 is a file's own heading. */
  seq: z.int().nonnegative(),
  /** The injected monotonic clock. */
  tMs: z.number(),
};

const data = z.record(z.string(), z.unknown()).transform((fields): TraceData => traceData(fields));
/** Actors are named by their path from the root, `device/vision/visit:3`. */
const actor = z.string();
const error = z.enum(halErrorKinds);

/** An actor begins or ends. `logic` is the name it was invoked by. */
const actorRecord = z.object({
  ...stamp,
  kind: z.literal('actor'),
  op: z.enum(['started', 'done', 'stopped', 'failed']),
  actor,
  logic: z.string(),
  /** What it failed with. */
  data,
});

/** An event is sent. `from` is null when it comes from outside the machines. */
const eventRecord = z.object({
  ...stamp,
  kind: z.literal('event'),
  event: z.string(),
  to: actor,
  from: actor.nullable(),
  data,
});

/** The states of an actor after a change: the path of every active leaf state, and their tags. */
const snapshotRecord = z.object({
  ...stamp,
  kind: z.literal('snapshot'),
  actor,
  states: z.array(z.string()),
  tags: z.array(z.string()),
});

/** Transitions taken at once: from which state to which, and what let them. Without `to` nothing is left. */
const microstepRecord = z.object({
  ...stamp,
  kind: z.literal('microstep'),
  actor,
  event: z.string(),
  transitions: z.array(
    z.object({ from: z.string(), to: z.array(z.string()), guard: z.string().exactOptional() }),
  ),
});

/** A guard was asked. `values` are what it looked at. */
const guardRecord = z.object({
  ...stamp,
  kind: z.literal('guard'),
  actor,
  guard: z.string(),
  result: z.boolean(),
  event: z.string(),
  values: data,
});

/** A machine's timer. `timer` numbers them; `delay` is the event it sends, with the delay's name in it. */
const timerRecord = z.object({
  ...stamp,
  kind: z.literal('timer'),
  op: z.enum(['scheduled', 'fired', 'cancelled']),
  timer: z.int(),
  actor,
  delay: z.string(),
  dueMs: z.number(),
});

/** Something a device told us: `opened`, `open-failed`, `frame`, `failed`; an input its `level` and each `edge`. */
const halInRecord = z.object({
  ...stamp,
  kind: z.literal('hal.in'),
  device: z.string(),
  op: z.string(),
  error: error.exactOptional(),
  data,
});

/** Something we told a device. `on` and `grantId` are there where the operation has them. */
const halOutRecord = z.object({
  ...stamp,
  kind: z.literal('hal.out'),
  device: z.string(),
  op: z.enum(['open', 'close', 'set', 'grant', 'renew', 'release', 'read', 'feed', 'play']),
  on: z.boolean().exactOptional(),
  grantId: z.string().exactOptional(),
  data,
});

/** A call of a model or its answer. */
const modelRecord = z.object({
  ...stamp,
  kind: z.literal('model'),
  model: z.string(),
  op: z.enum(['started', 'finished', 'failed']),
  error: error.exactOptional(),
  data,
});

/** A rule over the trace was broken. `causeSeq` is the record that the rule counts from. */
const invariantRecord = z.object({
  ...stamp,
  kind: z.literal('invariant'),
  rule: z.string(),
  subject: z.string(),
  causeSeq: z.int(),
  data,
});

/** Anything else worth a line: what was started with which configuration. `note` is a term, not a sentence. */
const noteRecord = z.object({ ...stamp, kind: z.literal('note'), note: z.string(), data });

/** For lines from a file. Fields of a later minor format are dropped; data passes the same door as when written. */
export const traceRecordSchema = z.discriminatedUnion('kind', [
  actorRecord,
  eventRecord,
  snapshotRecord,
  microstepRecord,
  guardRecord,
  timerRecord,
  halInRecord,
  halOutRecord,
  modelRecord,
  invariantRecord,
  noteRecord,
]);

/** One line of the trace: something that happened, at one moment, to one actor or device. */
export type TraceRecord = z.infer<typeof traceRecordSchema>;
export type TraceRecordOf<K extends TraceKind> = Extract<TraceRecord, { kind: K }>;

type Unstamped<R> = R extends TraceRecord ? Omit<R, 'v' | 'seq' | 'tMs'> : never;

/** A record before the recorder has given it its number and time. */
export type TraceFields = Unstamped<TraceRecord>;

/** The record as one line of NDJSON, without the line end. */
export function traceLine(record: TraceRecord): string {
  return JSON.stringify(record);
}
