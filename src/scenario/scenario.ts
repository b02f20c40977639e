import { z } from 'zod';
import { checkValues } from '../config/check.ts';
import { observationsIn, type Place, placeOf, type Step, step, type Verb } from './step.ts';

/**
 * What a scenario can need of a target and its rig, and what each is. Steps need some of them by themselves: whoever
 * `speaks` needs a microphone.
 */
export const features = {
  camera: 'people can be shown to a camera',
  microphone: 'sound can be played to a microphone',
  light: 'the light can be changed',
  faults: 'faults can be put into the device',
  power: 'the device can be booted and stopped, with a configuration of its own',
  'power-cut': 'its power can be cut off',
  door: 'its exit button can be pressed, and its door opened and closed',
  people: 'who is enrolled can be chosen, and changed while the device runs',
  clock: 'the time of day of the device can be set',
  calibration: 'the device may be taken for calibrated on its own people',
  operator: 'somebody can act as the operator',
  privacy: 'its camera and microphone can be closed on purpose',
  outputs: 'further outputs can be read',
  loopback: 'the level of the lamps is read back by a wire',
  'virtual-time': 'time can be run as fast as the machine can',
  'oracle-models': 'models that know the truth stand in for the networks',
  'real-models': 'the networks themselves look and listen',
} as const;
export type Feature = keyof typeof features;
export const featureNames = Object.keys(features) as readonly Feature[];

export type ConfigValues = Readonly<Record<string, string | number | boolean>>;

/** The heading of a scenario: everything but its steps. */
export const headingSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be small letters, digits and hyphens, as known-face'),
  /** One sentence for people. */
  about: z.string().min(1).exactOptional(),
  /** Ids of the requirements that it shows. */
  shows: z.array(z.string().min(1)).default([]),
  needs: z.array(z.enum(featureNames)).default([]),
  /** Everything random in the simulation comes from it. */
  seed: z.int().nonnegative().default(1),
  /** `oracle` models know the truth and cost nothing; the `real` ones look at rendered frames and mixed sound. */
  models: z.enum(['oracle', 'real']).default('oracle'),
  /** Who is known by face and voice. Everybody else is a stranger. */
  enrolled: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).default([]),
  /** Whether the device has a microphone. By default when somebody speaks, or sound is broken. */
  hears: z.boolean().exactOptional(),
  /** Keys of vigil.toml by their whole name. */
  config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

export type Heading = z.output<typeof headingSchema>;

/** A scenario that was checked: ready to run against any target. */
export interface Scenario extends Omit<Heading, 'hears'> {
  readonly file: string;
  readonly hears: boolean;
  readonly steps: readonly Step[];
  /** Where each need stands; those that steps bring along stand at their step. */
  readonly needPlaces: ReadonlyMap<Feature, Place>;
}

export interface ScenarioInput extends z.input<typeof headingSchema> {
  readonly steps: readonly Step[];
}

/** What steps of each kind need of a target. */
const needsOfVerb: Partial<Record<Verb, Feature>> = {
  comes: 'camera',
  moves: 'camera',
  leaves: 'camera',
  speaks: 'microphone',
  noise: 'microphone',
  tone: 'microphone',
  light: 'light',
  presses: 'door',
  door: 'door',
  breaks: 'faults',
  mends: 'faults',
  enrol: 'people',
  forget: 'people',
  edit: 'people',
  clock: 'clock',
  boot: 'power',
  stop: 'power',
  'cut-power': 'power-cut',
  configure: 'power',
  'operator-releases': 'operator',
  pauses: 'privacy',
  resumes: 'privacy',
};

/** Puts a scenario together from a heading that was checked and its steps. */
export function composeScenario(
  heading: Heading,
  steps: readonly Step[],
  file: string,
  placesOfNeeds: ReadonlyMap<string, Place> = new Map(),
): Scenario {
  const needPlaces = new Map<Feature, Place>();
  const need = (feature: Feature, place: Place | undefined) => {
    if (!needPlaces.has(feature)) needPlaces.set(feature, place ?? { file, line: 1, column: 1 });
  };
  for (const feature of heading.needs) need(feature, placesOfNeeds.get(feature));
  if (heading.models === 'real') need('real-models', placesOfNeeds.get('models'));
  if (heading.enrolled.length > 0) need('people', placesOfNeeds.get('enrolled'));
  if (Object.keys(heading.config).length > 0) need('power', placesOfNeeds.get('config'));
  let hears = heading.needs.includes('microphone');
  for (const each of allSteps(steps)) {
    const feature = needsOfVerb[each.do];
    if (feature !== undefined) need(feature, placeOf(each));
    if (observationsIn(each).some((observation) => 'output' in observation)) need('outputs', placeOf(each));
    hears ||= feature === 'microphone' || (each.do === 'breaks' && aboutSound(each));
  }
  const { hears: asked, ...rest } = heading;
  const whole = { ...rest, file, hears: asked ?? hears, steps, needs: [...needPlaces.keys()], needPlaces };
  composed.add(whole);
  return whole;
}

function aboutSound(fault: { readonly fault: string; readonly port?: string }): boolean {
  return /^(microphone|voice-models)/.test(fault.fault === 'error' ? (fault.port ?? '') : fault.fault);
}

/** Every step, those within a repetition once. */
export function* allSteps(steps: readonly Step[]): Generator<Step> {
  for (const each of steps) {
    yield each;
    if (each.do === 'repeat') yield* allSteps(each.steps);
  }
}

/** What is wrong with keys of vigil.toml in a scenario: by key, with what is allowed. */
export function configProblems(config: ConfigValues): { readonly key: string; readonly message: string }[] {
  const checked = checkValues(nested(config));
  if (checked.ok) return [];
  return checked.problems.map(({ key, message }) => ({ key: key ?? '', message }));
}

function nested(config: ConfigValues): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const path = key.split('.');
    const last = path.pop() ?? '';
    let table = root;
    for (const name of path) {
      const below = table[name];
      const next = typeof below === 'object' && below !== null ? { ...below } : {};
      table[name] = next;
      table = next;
    }
    table[last] = value;
  }
  return root;
}

/**
 * A scenario in TypeScript, the default export of its file. Throws TypeError for a heading that is wrong.
 *
 * ```ts
 * export default scenario({ name: 'known-face', enrolled: ['ana'], steps: [step.comes({ who: 'ana' }), …] });
 * ```
 */
export function scenario(input: ScenarioInput): Scenario {
  const { steps, ...heading } = input;
  const result = headingSchema.safeParse(heading);
  if (!result.success) {
    const texts = result.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
    throw new TypeError(`scenario '${input.name}': ${texts.join('; ')}`);
  }
  const configs = [result.data.config];
  for (const each of allSteps(steps)) if (each.do === 'configure') configs.push(each.config);
  const [problem] = configs.flatMap(configProblems);
  if (problem !== undefined) {
    throw new TypeError(`scenario '${input.name}': config ${problem.key}: ${problem.message}`);
  }
  const [first] = steps;
  return composeScenario(result.data, steps, first === undefined ? '' : (placeOf(first)?.file ?? ''));
}

const composed = new WeakSet<object>();

/** Whether a value was put together here. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && composed.has(value);
}

export { step };
