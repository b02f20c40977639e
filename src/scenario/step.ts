import { z } from 'zod';
import { type Fault, faultSchema } from '../../hal/sim/faults.ts';
import { nearest } from '../config/nearest.ts';
import { hoursExample, parseHours, parseLastDay } from '../people/terms-text.ts';
import {
  lamps,
  type Observation,
  observationFrom,
  observationKey,
  observationSchema,
  observations,
  whatCanBeSeen,
} from './observation.ts';

const milliseconds = z.number().nonnegative();
/** A person as scenarios call them; never a real name. */
const who = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be a name in small letters, as ana or stranger-1');
const side = z.enum(['left', 'right', 'far', 'here']);
const soundLevel = z.number().min(-120).max(0);

const place = {
  distanceM: z.number().min(0.15).max(20),
  /** To the right of the camera's axis, as the camera sees it. */
  lateralM: z.number().min(-20).max(20),
  /** Turned away from the camera. */
  yawDeg: z.number().min(-90).max(90),
};

/** Whether a text can be read. */
const reads = (parse: (text: string) => unknown) => (text: string) => {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether fields beside `named` are given. */
const saysMoreThan =
  (...named: string[]) =>
  (fields: object) =>
    Object.keys(fields).some((field) => !named.includes(field));

const limits = z.strictObject({
  leastMs: milliseconds.exactOptional(),
  mostMs: milliseconds.exactOptional(),
});

const edge = z.strictObject({
  is: z.enum(['on', 'off']),
  /** Since the edge before; for the first one since the scenario began. Without it: whenever. */
  after: limits.exactOptional(),
});

/** The steps that take the same fields always. Numbers are in the unit that the field's name ends in. */
const plainSteps = {
  // People, sound and light.
  comes: z.strictObject({
    who,
    distanceM: place.distanceM.default(1),
    lateralM: place.lateralM.default(0),
    yawDeg: place.yawDeg.default(0),
    /** `here` appears in place; from elsewhere they walk in. */
    from: side.default('here'),
    speedMps: z.number().positive().max(10).default(1.2),
    /** Wears a mask over mouth and nose. */
    masked: z.boolean().default(false),
    /** Another picture of them than the usual one. */
    picture: z.string().min(1).exactOptional(),
  }),
  /** Somebody who has come walks to another place, or turns. What is not given stays. */
  moves: z.strictObject({
    who,
    distanceM: place.distanceM.exactOptional(),
    lateralM: place.lateralM.exactOptional(),
    yawDeg: place.yawDeg.exactOptional(),
  }),
  leaves: z.strictObject({ who, to: side.default('here') }),
  speaks: z.strictObject({
    who,
    forMs: milliseconds.positive(),
    levelDbfs: soundLevel.default(-26),
    /** Another recording of them than the usual one. */
    clip: z.string().min(1).exactOptional(),
  }),
  noise: z.strictObject({ forMs: milliseconds.positive(), levelDbfs: soundLevel }),
  tone: z.strictObject({
    forMs: milliseconds.positive(),
    levelDbfs: soundLevel,
    frequencyHz: z.number().positive().default(440),
  }),
  /** 1 is a well lit room, 0 the dark, 2 glaring. */
  light: z.strictObject({ levelLight: z.number().min(0).max(4) }),

  // The door.
  /** Somebody inside presses the exit button; without a time as long as a hand does. */
  presses: z.strictObject({ forMs: milliseconds.positive().default(200) }),
  /** Somebody opens or closes the door. */
  door: z.strictObject({ is: z.enum(['open', 'closed']) }),

  // Faults that were begun by `breaks`.
  mends: z.strictObject({
    /** The fault as `breaks` named it, or `everything`. */
    fault: z.string().min(1),
    /** Of the faults `error`, only the one of this port. */
    port: z.string().min(1).exactOptional(),
  }),

  // Who is known, while the device runs.
  enrol: z.strictObject({ who }),
  forget: z.strictObject({ who }),

  /** When somebody is let in: what is not given stays. */
  edit: z
    .strictObject({
      who,
      hours: z.string().refine(reads(parseHours), `must be hours, as ${hoursExample}`).exactOptional(),
      /** The last day. */
      until: z.string().refine(reads(parseLastDay), 'must be a day, as 2026-01-31').exactOptional(),
      disabled: z.boolean().exactOptional(),
    })
    .refine(saysMoreThan('who'), 'must say what is other: hours, until or disabled'),
  /** The device's time of day is set, and whether the system says that it is right. */
  clock: z
    .strictObject({
      set: z.iso.datetime({ offset: true, error: 'must be a time, as 2026-01-31T08:00:00Z' }).exactOptional(),
      trusted: z.boolean().exactOptional(),
    })
    .refine(saysMoreThan(), 'must say set, trusted or both'),

  // Power and process. None of them waits for the device.
  boot: z.strictObject({}),
  /** As SIGTERM does. */
  stop: z.strictObject({}),
  /** What is on the disk stays, everything else is lost. */
  'cut-power': z.strictObject({}),
  /** Other keys of vigil.toml, read at the next boot. */
  configure: z.strictObject({ config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
  /** A person with the right to do so lets the device leave `safe`. */
  'operator-releases': z.strictObject({}),
  /** As `vigil pause` does; without a time until somebody resumes. */
  pauses: z.strictObject({
    what: z.enum(['both', 'camera', 'microphone']).default('both'),
    forMs: milliseconds.positive().exactOptional(),
  }),
  /** As `vigil resume` does. */
  resumes: z.strictObject({}),

  wait: z.strictObject({ forMs: milliseconds }),

  /** Every change of a lamp since the scenario began, no more and no fewer. */
  edges: z.strictObject({ lamp: z.enum(lamps), are: z.array(edge) }),
  /** The time from one observation to the next, compared with limits, and reported. */
  measure: z.strictObject({
    name: z.string().min(1),
    /** `now`: the last thing that a step did to the device or the scene. */
    from: z
      .unknown()
      .transform((input, context) => (input === 'now' ? input : observationFrom(input, context)))
      .default('now'),
    to: observationSchema,
    limits,
    /** Within the limits but out of these: passed, and said to be marginal. */
    marginal: limits.exactOptional(),
    /** How long to wait for the second observation. */
    withinMs: milliseconds.positive(),
  }),
  repeat: z.strictObject({
    times: z.int().min(1).max(1_000_000),
    // Built or compiled before they come here, so that each has a place of its own.
    steps: z.array(z.custom<object>(isStep, 'must be a step')).min(1),
  }),
} as const;

/** What each step that watches for an observation takes beside it. */
const watchingSteps = {
  /** It holds, or has happened since a step last did something, or does within the time. */
  expect: { withinMs: milliseconds.default(0) },
  /** It neither holds nor happens for the time. */
  never: { forMs: milliseconds.positive() },
  /** It holds now and for the time; for the states lamp, output, machine and health. */
  stays: { forMs: milliseconds.positive() },
} as const;

type PlainSteps = typeof plainSteps;

interface OtherSteps {
  repeat: { readonly do: 'repeat'; readonly times: number; readonly steps: readonly Step[] };
  /** A fault begins, and ends after the time, when it is mended, or with the scenario. */
  breaks: { readonly do: 'breaks'; readonly forMs?: number } & Fault;
  expect: { readonly do: 'expect'; readonly withinMs: number } & Observation;
  never: { readonly do: 'never'; readonly forMs: number } & Observation;
  stays: { readonly do: 'stays'; readonly forMs: number } & Observation;
}

type PlainVerb = Exclude<keyof PlainSteps, keyof OtherSteps>;
type AnyStep = { [V in PlainVerb]: { readonly do: V } & z.output<PlainSteps[V]> } & OtherSteps;
export type Verb = keyof AnyStep;
export type StepOf<V extends Verb> = AnyStep[V];
/** One step of a scenario, in canonical units. */
export type Step = AnyStep[Verb];
/** The steps that watch the device; the others do something to it, or pass time. */
export type WatchingStep = StepOf<'expect' | 'never' | 'stays'>;

const observed = new WeakMap<Step, Observation>();

/** What a watching step looks for; for one step always the same object. */
export function observationOf(step: WatchingStep): Observation {
  const known = observed.get(step);
  if (known !== undefined) return known;
  const { do: _, ...rest } = step;
  const fields: Record<string, unknown> = { ...rest };
  delete fields.withinMs;
  delete fields.forMs;
  // What is left of a step that was made here is the observation that it was made of.
  const observation = fields as Observation;
  observed.set(step, observation);
  return observation;
}

/** Every observation that a step waits for or measures with. */
export function observationsIn(step: Step): Observation[] {
  if (step.do === 'expect' || step.do === 'never' || step.do === 'stays') return [observationOf(step)];
  if (step.do === 'measure') return step.from === 'now' ? [step.to] : [step.from, step.to];
  return [];
}

type StepInput = { [V in PlainVerb]: z.input<PlainSteps[V]> } & {
  repeat: { readonly times: number; readonly steps: readonly Step[] };
  breaks: Fault & { readonly forMs?: number };
  expect: Observation & { readonly withinMs?: number };
  never: Observation & { readonly forMs: number };
  stays: Observation & { readonly forMs: number };
};

export const verbs = [
  ...Object.keys(plainSteps),
  'breaks',
  ...Object.keys(watchingSteps),
].sort() as readonly Verb[];

/** The one field that a step in YAML may be given without its name: `wait: 2s`. */
export const mainFields: Partial<Record<Verb, string>> = {
  comes: 'who',
  leaves: 'who',
  enrol: 'who',
  forget: 'who',
  clock: 'set',
  light: 'levelLight',
  presses: 'forMs',
  pauses: 'what',
  door: 'is',
  wait: 'forMs',
  breaks: 'fault',
  mends: 'fault',
};

/** Something that is wrong with the fields of a step. */
export interface StepProblem {
  /** From the step's fields down. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** A key that does not belong there; the path leads to it. */
  readonly unknownKey: boolean;
}

/** The fields that a step of this kind may have where it has these already; undefined when that cannot be said yet. */
export function fieldsAllowed(verb: Verb, fields: object): readonly string[] | undefined {
  const schema = schemaOf(verb, fields);
  return typeof schema === 'string' ? undefined : Object.keys(schema.shape);
}

/** The fields of an observation within a step, of limits and of an edge. */
export function fieldsAllowedWithin(
  verb: Verb,
  field: string,
  fields: object,
): readonly string[] | undefined {
  if (verb === 'measure' && (field === 'limits' || field === 'marginal')) return Object.keys(limits.shape);
  if (verb === 'edges' && field === 'are') return Object.keys(edge.shape);
  if (verb === 'edges' && field === 'after') return Object.keys(limits.shape);
  const key = observationKey(fields);
  return key === undefined ? undefined : Object.keys(observations[key].shape);
}

/** Makes a step of its fields in canonical units, or says what is wrong with them. */
export function makeStep(
  verb: Verb,
  fields: Readonly<Record<string, unknown>>,
): { readonly step: Step } | { readonly problems: readonly StepProblem[] } {
  const schema = schemaOf(verb, fields);
  if (typeof schema === 'string') return { problems: [{ path: [], message: schema, unknownKey: false }] };
  const result = schema.safeParse(fields);
  if (!result.success) {
    return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, verb, fields)) };
  }
  // The schema is the one of this verb, which the types cannot follow.
  const step = Object.freeze({ do: verb, ...result.data }) as unknown as Step;
  made.add(step);
  return { step };
}

/** A step that was made here is right: nobody has to look at it again. */
const made = new WeakSet<object>();
function isStep(value: unknown): boolean {
  return typeof value === 'object' && value !== null && made.has(value);
}

function schemaOf(verb: Verb, fields: object): z.ZodObject | string {
  if (verb === 'breaks') {
    const fault = 'fault' in fields ? fields.fault : undefined;
    const option = faultSchema.options.find(({ shape }) => shape.fault.value === fault);
    const names = faultSchema.options.map(({ shape }) => shape.fault.value);
    if (option === undefined) {
      const meant = typeof fault === 'string' ? nearest(fault, names) : undefined;
      const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
      return `${fault === undefined ? 'needs a fault' : `there is no fault '${String(fault)}'${hint}`}; allowed: ${names.join(', ')}`;
    }
    return z.strictObject({ ...option.shape, forMs: milliseconds.positive().exactOptional() });
  }
  if (verb === 'expect' || verb === 'never' || verb === 'stays') {
    const key = observationKey(fields);
    if (key === undefined) return whatCanBeSeen;
    if (verb === 'stays' && !['lamp', 'output', 'machine', 'health'].includes(key)) {
      return `can watch lamp, output, machine or health; ${key} is not a state but happens at a moment`;
    }
    return z.strictObject({ ...observations[key].shape, ...watchingSteps[verb] });
  }
  return plainSteps[verb];
}

function problemsOf(issue: z.core.$ZodIssue, verb: Verb, fields: unknown): StepProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `'${verb}' has no field '${key}'`,
      unknownKey: true,
    }));
  }
  const missing = issue.path.length > 0 && valueAt(fields, issue.path) === undefined;
  return [{ path: issue.path, message: missing ? 'is missing' : issue.message, unknownKey: false }];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
  return at;
}

/** Where a step stands. */
export interface Place {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

const places = new WeakMap<Step, Place>();

/** Remembers where a step stands; two steps with the same fields are equal wherever they stand. */
export function placeStep(step: Step, place: Place): void {
  places.set(step, place);
}

export function placeOf(step: Step): Place | undefined {
  return places.get(step);
}

type StepMaker<V extends Verb> =
  Record<string, never> extends StepInput[V]
    ? (fields?: StepInput[V]) => StepOf<V>
    : (fields: StepInput[V]) => StepOf<V>;

/**
 * Makes the steps of a scenario in TypeScript, with the names and fields that they have in YAML and the unit in the
 * field's name. Throws TypeError for a field that is wrong.
 *
 * ```ts
 * step.comes({ who: 'ana', distanceM: 1.2 })
 * step.expect({ lamp: 'green', is: 'on', withinMs: 2_000 })
 * ```
 */
export const step = Object.fromEntries(
  verbs.map((verb) => [
    verb,
    (fields: Readonly<Record<string, unknown>> = {}) => {
      const result = makeStep(verb, fields);
      if ('problems' in result) {
        const texts = result.problems.map(({ path, message }) =>
          path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
        );
        throw new TypeError(`step.${verb}: ${texts.join('; ')}`);
      }
      const place = placeInStack(new Error().stack ?? '');
      if (place !== undefined) placeStep(result.step, place);
      return result.step;
    },
  ]),
) as unknown as { readonly [V in Verb]: StepMaker<V> };

/** The first place in a stack that is not in these files: where a scenario in TypeScript calls them. */
export function placeInStack(stack: string): Place | undefined {
  for (const line of stack.split('\n')) {
    const frame = /\(?((?:\/|[A-Za-z]:\\|file:)[^()]*):(\d+):(\d+)\)?$/.exec(line.trim());
    const [, path = '', row = '', column = ''] = frame ?? [];
    const file = path.replace(/^file:\/\//, '');
    if (file === '' || file.startsWith(`${import.meta.dir}/`)) continue;
    return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
}
