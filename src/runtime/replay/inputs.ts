import { z } from 'zod';
import { HalError, halErrorKinds } from '../../../hal/contract/errors.ts';
import type { StartReport } from '../../../machines/device.ts';
import type { InputEvent } from '../../../machines/door.ts';
import {
  type BoardEased,
  type BoardStrained,
  type InvariantBroken,
  inputNames,
  type OperatorReleased,
  type SenseClosed,
  type SenseOpened,
  type StopRequested,
} from '../../../machines/events.ts';
import type { ListenEvent } from '../../../machines/hearing.ts';
import { faceDecisions, type VoiceEvidence, voiceDecisions } from '../../decide/evidence.ts';
import { strainKinds } from '../../decide/strain.ts';
import type { TraceData, TraceValue } from '../../trace/data.ts';
import type { TraceRecordOf } from '../../trace/record.ts';
import type { LookEvent } from '../looking.ts';

/**
 * What the machines were told, as a trace has it. Sentences are not in a trace; empty ones stand in their place, and
 * nothing is decided by them. Fields keep the order in which they were written, so that they are written so again.
 */

type Event = TraceRecordOf<'event'>;

/** A record that no device of this build can have written. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

const noWords = '';
const time = z.number();
const fault = z.object({
  part: z.enum([
    'camera',
    'models',
    'microphone',
    'voices',
    'output',
    'input',
    'store',
    'watchdog',
    'loop',
    'device',
  ]),
  kind: z.string(),
  retryable: z.boolean(),
});
const standing = z
  .object({
    disabled: z.boolean(),
    withinHours: z.boolean().nullable(),
    expired: z.boolean().nullable(),
    clockTrusted: z.boolean(),
    minuteOfWeek: z.int(),
  })
  .exactOptional();
const weighed = {
  llrBans: z.number().exactOptional(),
  atNight: z.boolean().exactOptional(),
  unarmed: z.literal('stale').exactOptional(),
};
const faceEvidence = z.object({
  trackId: z.int(),
  decision: z.enum(faceDecisions),
  subjectId: z.string().nullable(),
  distance: z.number().nullable(),
  secondSubjectId: z.string().nullable(),
  secondDistance: z.number().nullable(),
  frames: z.int(),
  frameAtMs: time.nullable(),
  embeddedAtMs: time.nullable(),
  eyeDistancePx: z.number(),
  yawRatio: z.number().exactOptional(),
  ...weighed,
  standing,
});
const lookCompleted = z.object({
  atMs: time,
  condition: z.enum(['good', 'black', 'flat', 'garbled', 'slow']),
  people: z.array(faceEvidence),
  ended: z.array(z.object({ trackId: z.int(), why: z.enum(['lost', 'replaced']) })),
});
const failed = z.object({ atMs: time, fault });
const broken = z.object({ fault });
const strained = z.object({ strain: z.enum(strainKinds) });
const began = z.object({ atMs: time });
const speech = z.object({ atMs: time, voicedMs: z.number() });
const soundChanged = z.object({ condition: z.enum(['good', 'zeros', 'stuck', 'clipped']) });
const voiceEvidence = z.object({
  decision: z.enum(voiceDecisions),
  subjectId: z.string().nullable(),
  score: z.number().nullable(),
  secondSubjectId: z.string().nullable(),
  secondScore: z.number().nullable(),
  voicedMs: z.number(),
  // Digital silence is minus infinity, which a trace cannot write.
  levelDbfs: z
    .number()
    .nullable()
    .transform((level) => level ?? Number.NEGATIVE_INFINITY),
  heardFromMs: time,
  heardUntilMs: time,
  namedAtMs: time,
  ...weighed,
  standing,
});
const senseNamed = z.object({ sense: z.enum(['vision', 'hearing']) });
const inputNamed = z.object({ input: z.enum(inputNames) });
const inputLevel = z.object({ input: z.enum(inputNames), on: z.boolean() });
const inputFailed = z.object({ input: z.enum(inputNames), fault });
const startReport = z.object({ badBoots: z.int().nonnegative() });
const recordedError = z.object({
  error: z.string(),
  kind: z.string().optional(),
  device: z.string().optional(),
  retryable: z.boolean().optional(),
});
const halKind = z.enum(halErrorKinds);

/** What the loop that looks sent. Throws BadInput. */
export function lookEventOf({ event, data }: Event): LookEvent {
  switch (event) {
    case 'LOOK.COMPLETED': {
      const look = checked(lookCompleted, data);
      return { type: event, ...look, people: look.people.map((seen) => ({ ...seen, reason: noWords })) };
    }
    case 'LOOK.FAILED': {
      const { atMs, fault } = checked(failed, data);
      return { type: event, atMs, fault: { ...fault, message: noWords } };
    }
    case 'LOOKING.WENT_ON':
    case 'CAMERA.ENDED':
      return { type: event };
    default:
      throw new BadInput(`looking sends no ${event}`);
  }
}

/** What the board said of itself. Throws BadInput. */
export function boardEventOf({ event, data }: Event): BoardStrained | BoardEased {
  switch (event) {
    case 'BOARD.STRAINED':
      return { type: event, ...checked(strained, data), reason: noWords };
    case 'BOARD.EASED':
      return { type: event };
    default:
      throw new BadInput(`the board sends no ${event}`);
  }
}

/** What the loop that listens sent. Throws BadInput. */
export function listenEventOf({ event, data }: Event): ListenEvent {
  switch (event) {
    case 'SPEECH.BEGAN':
      return { type: event, ...checked(began, data) };
    case 'SPEECH.GATHERED':
    case 'SPEECH.ENDED':
      return { type: event, ...checked(speech, data) };
    case 'SOUND.CHANGED':
      return { type: event, ...checked(soundChanged, data) };
    case 'LISTENING.FAILED': {
      const { atMs, fault } = checked(failed, data);
      return { type: event, atMs, fault: { ...fault, message: noWords } };
    }
    case 'LISTENING.WENT_ON':
    case 'MICROPHONE.ENDED':
      return { type: event };
    default:
      throw new BadInput(`listening sends no ${event}`);
  }
}

/** What the button or the contact was told to be. Throws BadInput. */
export function inputEventOf({ event, data }: Event): InputEvent {
  switch (event) {
    case 'INPUT.READ':
    case 'INPUT.CHANGED':
      return { type: event, ...checked(inputLevel, data) };
    case 'INPUT.FLAPPED':
      return { type: event, ...checked(inputNamed, data) };
    case 'INPUT.FAILED': {
      const { input, fault } = checked(inputFailed, data);
      return { type: event, input, fault: { ...fault, message: noWords } };
    }
    default:
      throw new BadInput(`no input sends ${event}`);
  }
}

/** What the device was told by nobody of its family: by a signal, a person, or the rules. Throws BadInput. */
export function outsideEventOf({
  event,
  data,
}: Event): StopRequested | OperatorReleased | SenseClosed | SenseOpened | InvariantBroken {
  switch (event) {
    case 'STOP.REQUESTED':
    case 'OPERATOR.RELEASED':
      return { type: event };
    case 'SENSE.CLOSED':
    case 'SENSE.OPENED':
      return { type: event, ...checked(senseNamed, data) };
    case 'INVARIANT.BROKEN':
      return { type: event, fault: { ...checked(broken, data).fault, message: noWords } };
    default:
      throw new BadInput(`nobody outside sends ${event}`);
  }
}

/** What came of starting. Throws BadInput. */
export function startReportOf(output: TraceValue | undefined): StartReport {
  return checked(startReport, output);
}

/** Whose voice was heard. Throws BadInput. */
export function voiceEvidenceOf(output: TraceValue | undefined): VoiceEvidence {
  return { ...checked(voiceEvidence, output), reason: noWords };
}

/** What something failed with: an error that the machines and the trace cannot tell from the one that was thrown. */
export function errorOf(data: TraceData): unknown {
  const recorded = recordedError.safeParse(data.error);
  if (!recorded.success) return data.error; // no Error at all was thrown
  const { error, kind, device, retryable } = recorded.data;
  if (error === 'hal') {
    const options = retryable === undefined ? {} : { retryable };
    return new HalError(checked(halKind, kind ?? null), device ?? '', noWords, options);
  }
  return Object.assign(new Error(noWords), {
    name: error,
    ...(kind === undefined ? {} : { kind }),
    ...(retryable === undefined ? {} : { retryable }),
  });
}

/** The value itself, once the schema has looked at it: what a schema gives has its fields in another order. */
function checked<T>(schema: z.ZodType<T>, value: TraceValue | undefined): T {
  const result = schema.safeParse(value);
  if (result.success) return inOrderOf(value, result.data);
  const [issue] = result.error.issues;
  throw new BadInput(`field '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'not valid'}`);
}

/** `data` with its fields in the order in which `written` has them. */
function inOrderOf<T>(written: unknown, data: T): T {
  if (Array.isArray(written) && Array.isArray(data)) {
    return data.map((entry, index) => inOrderOf(written[index], entry)) as T;
  }
  if (!isObject(written) || !isObject(data)) return data;
  const ordered = Object.keys(written)
    .filter((key) => key in data)
    .map((key) => [key, inOrderOf(written[key], data[key])]);
  return Object.fromEntries(ordered) as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
