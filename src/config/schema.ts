import { z } from 'zod';
import { access } from './access.ts';
import { api } from './api.ts';
import { chime, chimePathKeys } from './chime.ts';
import { board, camera, microphone } from './devices.ts';
import { door, input } from './door.ts';
import { headerPin, ms, pinKeys } from './fields.ts';
import { mqtt, mqttPathKeys } from './mqtt.ts';
import { outputs } from './outputs.ts';
import { page } from './page.ts';
import { webhook, webhookPathKeys } from './webhook.ts';

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const vision = z.strictObject({
  detector: z
    .string()
    .min(1)
    .default('default')
    .describe('Which model finds faces: `default`, or an id from `vigil models list`.'),
  embedder: z
    .string()
    .min(1)
    .default('default')
    .describe('Which model tells faces apart: `default`, or an id from `vigil models list`.'),
  threshold: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      'Squared distance below which a face is the enrolled person; smaller is stricter. Without it: the embedder’s own, 0.125 for the default one.',
    ),
  margin: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'How much further away the second person must be; otherwise the answer is `unsure`. Without it: the embedder’s own, 0.03 for the default one.',
    ),
  covered: z
    .enum(['use', 'refuse'])
    .optional()
    .describe(
      'A face with something over mouth and nose: `use` recognises it all the same, though people in masks look alike; `refuse` names nobody by it. Without it: `refuse` where `access.preset` is `door`, else `use`.',
    ),
  votes: z
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('Accepted frames that must agree before a face is named.'),
  embed_interval_ms: ms(50, 500)
    .default(500)
    .describe('A person in view is recognised anew at least this often, since a track is not an identity.'),
  evidence_max_age_ms: ms(50, 1000)
    .default(300)
    .describe('Nothing is granted on a recognition older than this.'),
  track_lost_ms: ms(100, 10_000).default(800).describe('A face that is not found for this long has left.'),
  full_look_interval_ms: ms(200, 60_000)
    .default(2000)
    .describe('With nobody in view, the whole frame is searched at least this often even if nothing moves.'),
  model_limit_ms: ms(100, 60_000)
    .default(5000)
    .describe('A model that takes longer is ended and loaded again.'),
});

const hearing = z.strictObject({
  mode: z
    .enum(['voice-activity', 'seven-second'])
    .default('voice-activity')
    .describe(
      '`voice-activity` listens for speech and compares voices with those enrolled; `seven-second` asks the network that `vigil voices train` made, every seven seconds.',
    ),
  embedder: z
    .string()
    .min(1)
    .default('default')
    .describe('Which model tells voices apart: `default`, or an id from `vigil models list`.'),
  threshold: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      'Cosine from which seven seconds of speech are the enrolled person; larger is stricter, and shorter speech needs 0.02 less at three seconds. Without it: the model’s own, 0.86 for the default one.',
    ),
  margin: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'How much lower the second person’s cosine must be; otherwise the answer is `unsure`. Without it: the model’s own, 0.05 for the default one.',
    ),
  decide_after_ms: ms(1600, 30_000)
    .default(3000)
    .describe('Speech that is needed before a voice is named; not above `window_ms`.'),
  window_ms: ms(1600, 30_000).default(7000).describe('The newest speech that is compared at once.'),
  utterance_gap_ms: ms(200, 10_000)
    .default(1200)
    .describe('Silence for this long ends what somebody says; the next word begins something new.'),
  trained_share: z
    .number()
    .gt(0)
    .max(1)
    .default(0.95)
    .describe('Mode `seven-second`: the network’s share from which a speaker is named.'),
  model_limit_ms: ms(100, 60_000)
    .default(5000)
    .describe('A model that takes longer is ended and loaded again.'),
});

/** A lamp is wired to a header pin that every known board has, unless it is said otherwise. */
const lampPins = (pin: number) => ({
  ...pinKeys(headerPin.default(pin)),
  active_low: z.boolean().default(false).describe('Whether a low level on the wire switches it on.'),
});

const greenOutput = z.strictObject({
  ...lampPins(11),
  hold_ms: ms(100, 60_000).default(2000).describe('How long one grant lights the green output.'),
  max_on_ms: ms(100, 600_000)
    .default(5000)
    .describe(
      'The longest time it is ever on for one grant, enforced outside the firmware; not below `hold_ms`.',
    ),
  file: z
    .string()
    .min(1)
    .optional()
    .describe('A file that stands for the line, `0` or `1`, for a try without a board; wins over every pin.'),
  rearm_ms: ms(0, 600_000).default(500).describe('The shortest time it is off between two grants.'),
});

const redOutput = z.strictObject({
  ...lampPins(7),
  enabled: z.boolean().default(true).describe('Whether the red output shows that nobody is granted.'),
});

const output = z.strictObject({
  green: greenOutput.prefault({}).describe('The lamp that says: granted.'),
  red: redOutput.prefault({}).describe('The lamp that says: nobody is granted. It carries no permission.'),
});

const device = z.strictObject({
  time_zone: z
    .string()
    .refine(isTimeZone)
    .optional()
    .describe(
      'Where the hours and last days of people are: a name of the IANA database, as `Europe/Berlin`. Without it: the time zone of the system.',
    ),
  recover_first_ms: ms(10, 600_000)
    .default(1000)
    .describe('Wait before the first try to recover from a fault.'),
  recover_factor: z.number().min(1).max(10).default(2).describe('How much longer each further wait is.'),
  recover_max_ms: ms(10, 3_600_000)
    .default(30_000)
    .describe('The longest such wait; not below `recover_first_ms`.'),
  recover_jitter: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.2)
    .describe('Share of each wait that is drawn at random: 0.2 gives 80 to 120 per cent.'),
  faults_per_window: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('This many faults within `window_ms` lead to the state `safe`.'),
  window_ms: ms(1000, 86_400_000).default(600_000).describe('See `faults_per_window`.'),
  safe_retry_ms: ms(1000, 86_400_000)
    .default(600_000)
    .describe('The state `safe` tests the device again after this time, and later less often.'),
});

const trace = z.strictObject({
  file: z.string().min(1).optional().describe('Where the trace is written, as one JSON record a line.'),
  ring_records: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(10_000)
    .describe('Newest trace records kept in memory, for `vigil why` and for the report of a fault.'),
});

const days = (standard: number, what: string) =>
  z.int().min(1).max(3_650).default(standard).describe(`How long ${what} are kept, in days.`);

const journal = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep what happens in journal.db of the state directory.'),
  decisions_days: days(90, 'grants and refusals'),
  visits_days: days(30, 'visits and what the lamps did'),
  faults_days: days(365, 'faults, starts and stops'),
  audits_days: days(365, 'who enrolled, changed, exported or erased somebody'),
  max_mib: z.int().min(1).max(100_000).default(100).describe('The oldest entries go when there are more.'),
});

const people = z.strictObject({
  dataset: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of pictures named after people, imported at the start. Without it: dataset/ of the project.',
    ),
  audios: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder whose `train` holds recordings named after people, imported at the start. Without it: audios/ of the project.',
    ),
  history_days: z
    .int()
    .min(1)
    .max(3_650)
    .default(90)
    .describe('How long what was done to people is kept and can be undone, in days.'),
  keep_originals: z
    .boolean()
    .default(false)
    .describe(
      'Keep, sealed, the part of each picture that shows the face, and the recordings, that people are enrolled from. Without them only numbers are kept: another model then knows nobody until they are enrolled anew (those of a folder are imported anew by themselves).',
    ),
});

const state = z.strictObject({
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where the device keeps what it must remember. Without it: $VIGIL_STATE, or ~/.local/state/vigil.',
    ),
});

/**
 * The whole configuration as it stands in the file: snake_case keys that end in their unit, every key optional.
 * This is the only place that knows keys, limits, defaults and what they mean; docs/configuration.md is made of it.
 */
export const configSchema = z.strictObject({
  camera: camera.prefault({}).describe('Where frames come from.'),
  vision: vision.prefault({}).describe('From frames to who is in view.'),
  microphone: microphone.prefault({}).describe('Where sound comes from.'),
  hearing: hearing.prefault({}).describe('From sound to who speaks.'),
  access: access.prefault({}).describe('Who is granted what.'),
  board: board.prefault({}).describe('The board, and with it where its pins are.'),
  output: output.prefault({}).describe('The two lamps.'),
  outputs: outputs
    .prefault({})
    .describe(
      'Any number of further outputs, a table for each, by a name of your own: `[outputs.front-strike]`. The name stands in the trace and the journal. Each is held by the line keeper, another process, which bounds the time it is on whatever the firmware does.',
    ),
  input: input
    .prefault({})
    .describe(
      'What is wired to the device besides; nothing unless a pin is given. Each change is told and stands in the trace.',
    ),
  chime: chime
    .prefault({})
    .describe(
      'Sounds that say what was decided; none unless one is given. See `vigil doctor` for the player.',
    ),
  door: door.prefault({}).describe('What the exit button and the door contact mean; see `[input]`.'),
  device: device.prefault({}).describe('How faults are recovered from.'),
  trace: trace.prefault({}).describe('The record of everything that happened.'),
  page: page.prefault({}).describe('The page in a browser.'),
  journal: journal.prefault({}).describe('What happened, for months.'),
  api: api.prefault({}).describe('Answering programs over HTTP: docs/house.md.'),
  mqtt: mqtt
    .prefault({})
    .describe('Telling an MQTT broker, and Home Assistant through it, what happens: docs/house.md.'),
  webhook: webhook.prefault({}).describe('Telling a program over HTTP what happens: docs/house.md.'),
  people: people.prefault({}).describe('Who is known.'),
  state: state.prefault({}).describe('What is kept.'),
});

/** Pairs of which the first must not be above the second; `NAME` is any name. */
export const orderedKeys: ReadonlyArray<readonly [lower: string, upper: string]> = [
  ['camera.idle_fps', 'camera.fps'],
  ['hearing.decide_after_ms', 'hearing.window_ms'],
  ['access.lockout_ms', 'access.lockout_max_ms'],
  ['output.green.hold_ms', 'output.green.max_on_ms'],
  ['outputs.NAME.hold_ms', 'outputs.NAME.max_on_ms'],
  ['device.recover_first_ms', 'device.recover_max_ms'],
];

/** Keys whose value is a path: a relative one in a file counts from the folder of that file. */
export const pathKeys: ReadonlySet<string> = new Set([
  'people.dataset',
  'people.audios',
  'state.directory',
  'trace.file',
  'output.green.file',
  'outputs.NAME.file',
  ...chimePathKeys,
  ...mqttPathKeys,
  ...webhookPathKeys,
  'page.tls_cert',
  'page.tls_key',
]);

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

type CamelKeys<T> = T extends object
  ? { readonly [K in keyof T as K extends string ? CamelCase<K> : K]: CamelKeys<T[K]> }
  : T;

/** The configuration inside the program: `config.camera.widthPx`. */
export type VigilConfig = CamelKeys<z.output<typeof configSchema>>;
