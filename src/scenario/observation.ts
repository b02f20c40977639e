import { z } from 'zod';
import { faceDecisions, voiceDecisions } from '../decide/evidence.ts';
import { refusalCodes } from '../decide/policy.ts';

export const lamps = ['green', 'red'] as const;
export type Lamp = (typeof lamps)[number];

/** How the device is as a whole. `off`: without power. `stopped`: it has ended in order. */
export const healths = [
  'off',
  'starting',
  'nominal',
  'degraded',
  'fault',
  'safe',
  'stopping',
  'stopped',
] as const;
export type Health = (typeof healths)[number];

const refusals = ['anything', ...refusalCodes] as const;

const sense = z.enum(['face', 'voice']).exactOptional();
const word = z.string().min(1);

/**
 * What can be seen of a device, by the key that says which it is. The first group are states: they hold or do not
 * at any moment. The others are events: they happen.
 */
export const observations = {
  /** A lamp as the probe reads it. */
  lamp: z.strictObject({ lamp: z.enum(lamps), is: z.enum(['on', 'off']) }),
  /** A further output, by its name, as the probe reads it. */
  output: z.strictObject({ output: word, is: z.enum(['on', 'off']) }),
  /** A machine is in a state; `running` is true of everything within it. */
  machine: z.strictObject({ machine: word, is: word }),
  health: z.strictObject({ health: z.enum(healths) }),

  /** Access lets somebody in: a person by name, or `anybody`. */
  granted: z.strictObject({ granted: word, by: sense }),
  /** Access turns an attempt down, with this code or `anything`. */
  refused: z.strictObject({ refused: z.enum(refusals), by: sense }),
  /** What vision or hearing says of somebody. */
  decision: z.strictObject({
    decision: z.enum([...new Set([...faceDecisions, ...voiceDecisions])]),
    by: sense,
  }),
  /** A note in the trace. */
  note: z.strictObject({ note: word }),
  /** A machine is sent an event. */
  event: z.strictObject({ event: word, to: word.exactOptional() }),
  /** A device (camera, microphone, output …) answers: `opened`, `open-failed`, `failed`, `off` … */
  device: z.strictObject({ device: word, answers: word, error: word.exactOptional() }),
} as const;

export type ObservationKey = keyof typeof observations;
export type Observation = z.output<(typeof observations)[ObservationKey]>;

const keys = Object.keys(observations);

/** The key that says what is to be seen, where there is exactly one. */
export function observationKey(fields: object): ObservationKey | undefined {
  const present = Object.keys(fields).filter((key): key is ObservationKey => keys.includes(key));
  return present.length === 1 ? present[0] : undefined;
}

/** What to say where there is none, or more than one. */
export const whatCanBeSeen = `must say what to see with exactly one of ${keys.join(', ')}`;

const states: readonly string[] = ['lamp', 'output', 'machine', 'health'];

/** Whether it holds at a moment; otherwise it happens at one. */
export function isState(observation: Observation): boolean {
  return states.includes(observationKey(observation) ?? '');
}

/** The observation that `input` is; what is wrong with it goes to the schema that asks. */
export function observationFrom(input: unknown, context: z.core.ParsePayload): Observation {
  const fields = typeof input === 'object' && input !== null ? input : {};
  const key = observationKey(fields);
  if (key === undefined) {
    context.issues.push({ code: 'custom', message: whatCanBeSeen, input });
    return z.NEVER;
  }
  const result = observations[key].safeParse(fields);
  if (result.success) return result.data;
  context.issues.push(
    ...result.error.issues.map((issue) => ({ ...issue, input: fields }) as z.core.$ZodRawIssue),
  );
  return z.NEVER;
}

/** For a step that holds an observation in a field. */
export const observationSchema = z.unknown().transform(observationFrom);

export function isLamp(line: string): line is Lamp {
  return lamps.some((lamp) => lamp === line);
}

/** A lamp or a further output in words. */
export function tellLine(line: string): string {
  return isLamp(line) ? `the ${line} lamp` : `the output ${line}`;
}

/** In words, for messages: `the green lamp is on`. */
export function tellObservation(observation: Observation): string {
  const by = 'by' in observation && observation.by !== undefined ? ` by ${observation.by}` : '';
  if ('lamp' in observation) return `${tellLine(observation.lamp)} is ${observation.is}`;
  if ('output' in observation) return `${tellLine(observation.output)} is ${observation.is}`;
  if ('machine' in observation) return `${observation.machine} is in ${observation.is}`;
  if ('health' in observation) return `the device is ${observation.health}`;
  if ('granted' in observation) return `${observation.granted} is granted${by}`;
  if ('refused' in observation) {
    return `${observation.refused === 'anything' ? 'somebody' : observation.refused} is refused${by}`;
  }
  if ('decision' in observation) return `the decision is ${observation.decision}${by}`;
  if ('note' in observation) return `the trace notes ${observation.note}`;
  if ('event' in observation) {
    return `${observation.event} is sent${observation.to === undefined ? '' : ` to ${observation.to}`}`;
  }
  const error = observation.error === undefined ? '' : ` with ${observation.error}`;
  return `${observation.device} answers ${observation.answers}${error}`;
}
