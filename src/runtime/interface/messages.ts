import { z } from 'zod';
import { faultSchema } from '../../../hal/sim/faults.ts';
import { traceRecordSchema } from '../../trace/record.ts';
import { stageActionSchema } from '../stage-action.ts';

/** The version of the device's own interface; a change that a program of the old one would misread raises it. */
export const interfaceVersion = 1;

/** A message of another version is told apart before anything else of it is read. */
export const versionSchema = z.object({ v: z.number() });

const v = z.literal(interfaceVersion);
const lamp = z.enum(['green', 'red']);
const levels = z.object({ green: z.boolean(), red: z.boolean() });
/** A person of a scenario; never a real name. */
const person = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be a name in small letters, as ana or stranger-1');
const edge = z.object({ lamp, on: z.boolean(), atMs: z.number() });
const reading = z.enum(['simulated pin', 'commanded level']);
const configValues = z.record(z.string().max(100), z.union([z.string().max(200), z.number(), z.boolean()]));

/** What a device whose test doors are open can be given. */
const testDoors = z.object({
  /** Whether people can be put before its camera, and sound before its microphone. */
  sight: z.boolean(),
  sound: z.boolean(),
  /** How the last test ended; null before the first. */
  last: z.object({ number: z.int(), stopped: z.boolean(), lamps: levels }).nullable(),
  /** Whether one runs. */
  running: z.boolean(),
});

/** What a device is and how it is now: `GET /v1/status`. Fields may be added. */
export const statusSchema = z.object({
  v,
  /** The device's clock. */
  atMs: z.number(),
  build: z.object({ version: z.string(), commit: z.string().nullable(), sha256: z.string() }),
  /** The keys of vigil.toml that are no free texts, and a digest of them: paths and addresses are told to nobody. */
  config: configValues,
  configSha256: z.string(),
  hears: z.boolean(),
  lamps: z.object({
    green: z.object({ on: z.boolean(), read: reading }),
    /** Null where the device has no such lamp. */
    red: z.object({ on: z.boolean(), read: reading }).nullable(),
  }),
  /** The states that every machine is in, by the path of the actor; null while the firmware does not run. */
  states: z.record(z.string(), z.array(z.string())).nullable(),
  /** How many people are known by face and by voice. */
  people: z.object({ faces: z.int(), voices: z.int() }).nullable(),
  /** Null where the test doors are shut. */
  testDoors: testDoors.nullable(),
});
export type DeviceStatus = z.output<typeof statusSchema>;

/** Why a request was refused, in words that say what to do; with every status from 400 on. */
export const refusalSchema = z.object({ v, error: z.string() });

/** What a test asks of the device, over its WebSocket `/v1/test`. */
export const testRequestSchema = z.discriminatedUnion('ask', [
  /** The device ends its own life, and stands without power before an empty scene. */
  z.strictObject({
    v,
    id: z.int(),
    ask: z.literal('begin'),
    seed: z.int().nonnegative(),
    models: z.enum(['oracle', 'real']),
    hears: z.boolean(),
    enrolled: z.array(person).max(64),
    config: configValues,
  }),
  z.strictObject({ v, id: z.int(), ask: z.literal('boot') }),
  z.strictObject({ v, id: z.int(), ask: z.literal('stop') }),
  z.strictObject({ v, id: z.int(), ask: z.literal('release') }),
  z.strictObject({ v, id: z.int(), ask: z.literal('configure'), config: configValues }),
  z.strictObject({ v, id: z.int(), ask: z.literal('act'), action: stageActionSchema }),
  z.strictObject({
    v,
    id: z.int(),
    ask: z.literal('break'),
    fault: faultSchema,
    forMs: z.number().positive().max(86_400_000).nullable(),
  }),
  z.strictObject({
    v,
    id: z.int(),
    ask: z.literal('mend'),
    fault: z.string().max(64),
    port: z.string().max(64).nullable(),
  }),
  z.strictObject({ v, id: z.int(), ask: z.literal('enrol'), who: person }),
  z.strictObject({ v, id: z.int(), ask: z.literal('forget'), who: person }),
  z.strictObject({
    v,
    id: z.int(),
    ask: z.literal('edit'),
    who: person,
    hours: z.string().max(500).exactOptional(),
    until: z.string().max(10).exactOptional(),
    disabled: z.boolean().exactOptional(),
  }),
  z.strictObject({
    v,
    id: z.int(),
    ask: z.literal('clock'),
    utcMs: z.number().exactOptional(),
    trusted: z.boolean().exactOptional(),
  }),
  /** Everything that happened before was told before the answer. */
  z.strictObject({ v, id: z.int(), ask: z.literal('now') }),
  /** Faults are mended, and the firmware is stopped. */
  z.strictObject({ v, id: z.int(), ask: z.literal('end') }),
]);
export type TestRequest = z.output<typeof testRequestSchema>;
type Unnumbered<R> = R extends TestRequest ? Omit<R, 'v' | 'id'> : never;
/** A request before the connection has given it its number. */
export type TestQuestion = Unnumbered<TestRequest>;

const answer = z.object({
  v,
  tell: z.literal('answer'),
  /** Of the request. */
  id: z.int(),
  atMs: z.number(),
  /** Null when it was done. `asked`: it asks for what cannot be; `device`: the device cannot do what it should. */
  error: z.object({ of: z.enum(['asked', 'device']), message: z.string() }).nullable(),
  begun: z
    .object({
      number: z.int(),
      models: z.record(z.string(), z.string()),
      levels,
      probes: z.object({ green: reading, red: reading }),
    })
    .exactOptional(),
  ended: z.object({ stopped: z.boolean(), lamps: levels }).exactOptional(),
});
export type TestAnswer = z.output<typeof answer>;

/** What the device tells a test. A boot begins a trace of its own, numbered from 1. */
export const testMessageSchema = z.discriminatedUnion('tell', [
  answer,
  z.object({
    v,
    tell: z.literal('news'),
    boot: z.int(),
    records: z.array(traceRecordSchema),
    edges: z.array(edge),
  }),
]);
export type TestMessage = z.output<typeof testMessageSchema>;
