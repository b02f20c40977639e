import type { Camera, CameraSession } from '../../hal/contract/camera.ts';
import type { Microphone, MicrophoneSession } from '../../hal/contract/microphone.ts';
import type { OperatorReleased, SenseClosed, SenseOpened, StopRequested } from '../../machines/events.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { headsTurning, headsUntilMs } from './heads.ts';
import { rareScenarios } from './rare-scenarios.ts';
import { place, type Setting, type Simulated, speech, visitor } from './simulate.ts';

/** What comes from outside the HAL: a signal of the operating system, and people with the right to it. */
interface FromOutside {
  readonly atMs: number;
  readonly event: StopRequested | OperatorReleased | SenseClosed | SenseOpened;
}

export interface Scenario {
  readonly setting: Setting;
  readonly untilMs: number;
  readonly outside?: readonly FromOutside[];
  /** What was on the disk before. */
  readonly badBoots?: number;
}

/** Lets the device be quick where a scenario waits for `safe`. */
const quickToSafe = '[device]\nfaults_per_window = 3\nrecover_first_ms = 100\nrecover_max_ms = 200\n';

/** By name: what a person who walks up to the device could see, and what can break. */
export const scenarios = {
  'one known visitor': { setting: { people: [visitor('p_ana', 3_000, 6_000)] }, untilMs: 13_000 },
  // With this seed both orders are asked for before each way to turn.
  'heads that turn, asked to or not': {
    setting: { people: headsTurning, seed: 7, config: '[access]\nchallenge = "turn"\n' },
    untilMs: headsUntilMs,
  },
  'a door that goes to safe and waits for a person': {
    setting: {
      people: [visitor('p_ana', 1_000, 8_000)],
      faults: [
        { fault: 'error', port: 'models', call: 'open', error: 'not-found', fromMs: 0, untilMs: 19_000 },
      ],
      config: `${quickToSafe}safe_retry_ms = 5000\n[access]\npreset = "door"\n`,
    },
    untilMs: 20_000,
  },
  'somebody who does not move when asked to': {
    setting: { people: [visitor('p_ana', 3_000, 20_000)], config: '[access]\nchallenge = "turn"\n' },
    untilMs: 26_000,
  },
  'a stranger': { setting: { people: [visitor('p_eve', 3_000, 4_000)] }, untilMs: 11_000 },
  'two known people at once': {
    setting: {
      people: [
        visitor('p_ana', 3_000, 5_000, { lateralM: -0.25 }),
        visitor('p_bea', 3_000, 5_000, { distanceM: 1.2, lateralM: 0.3 }),
      ],
    },
    untilMs: 12_000,
  },
  'a second person while the first is served': {
    setting: {
      people: [
        visitor('p_ana', 3_000, 6_000, { lateralM: -0.25 }),
        visitor('p_bea', 4_500, 6_000, { lateralM: 0.25 }),
      ],
    },
    untilMs: 14_000,
  },
  'a person who stands, leaves for good and comes back': {
    setting: { people: [visitor('p_ana', 3_000, 10_000), visitor('p_ana', 17_000, 2_000)] },
    untilMs: 24_000,
  },
  'a person who is out of view for a moment': {
    setting: {
      people: [visitor('p_ana', 3_000, 8_000)],
      faults: [{ fault: 'models-blind', fromMs: 6_000, untilMs: 7_000 }],
    },
    untilMs: 15_000,
  },
  'a person too far away': {
    setting: { people: [visitor('p_ana', 3_000, 3_000, { distanceM: 2.1 })] },
    untilMs: 10_000,
  },
  'a person in the dark': {
    setting: { people: [visitor('p_ana', 3_000, 3_000)], light: [{ fromMs: 0, level: 0.17 }] },
    untilMs: 10_000,
  },
  'a person who looks away': {
    setting: { people: [visitor('p_ana', 3_000, 3_000, { yawDeg: 48 })] },
    untilMs: 10_000,
  },
  'a person who leaves while being decided about': {
    setting: { people: [visitor('p_ana', 3_000, 300)] },
    untilMs: 9_000,
  },
  'a second grant right after the first': {
    setting: {
      people: [
        visitor('p_ana', 3_000, 6_000, { lateralM: -0.25 }),
        visitor('p_bea', 5_100, 4_000, { lateralM: 0.25 }),
      ],
      config: '[output.green]\nrearm_ms = 900\n',
    },
    untilMs: 13_000,
  },
  'too many strangers, then a known person': {
    setting: {
      people: [
        visitor('p_eve', 2_000, 1_500),
        visitor('p_mal', 5_000, 1_500),
        visitor('p_ana', 8_000, 8_000),
      ],
      config: '[access]\nattempts_allowed = 2\nlockout_ms = 5000\n',
    },
    untilMs: 20_000,
  },
  'models too slow for a fresh answer': {
    setting: {
      people: [visitor('p_ana', 3_000, 20_000)],
      faults: [{ fault: 'models-slow', extraMs: 900, fromMs: 0, untilMs: 15_000 }],
    },
    untilMs: 22_000,
  },
  'a room without light': {
    setting: {
      light: [
        { fromMs: 4_000, level: 0 },
        { fromMs: 10_000, level: 1 },
      ],
    },
    untilMs: 14_000,
  },
  'a camera that is away for a while': {
    setting: {
      people: [visitor('p_ana', 2_000, 30_000)],
      faults: [{ fault: 'error', port: 'camera', error: 'disconnected', fromMs: 6_000, untilMs: 20_000 }],
    },
    untilMs: 34_000,
  },
  'a camera unplugged while somebody is served': {
    setting: {
      people: [visitor('p_ana', 2_000, 12_000)],
      faults: [{ fault: 'error', port: 'camera', error: 'disconnected', fromMs: 3_000, untilMs: 8_000 }],
    },
    untilMs: 16_000,
  },
  'a camera that ends': {
    setting: { people: [visitor('p_ana', 1_000, 20_000)], replacePorts: cameraEndingAt(4_000) },
    untilMs: 30_000,
  },
  'models that hang once': {
    setting: {
      people: [visitor('p_ana', 2_000, 20_000)],
      faults: [{ fault: 'models-hang', fromMs: 6_000, untilMs: 9_000 }],
    },
    untilMs: 26_000,
  },
  'models that fail for ever': {
    setting: {
      config: quickToSafe,
      faults: [{ fault: 'error', port: 'models', call: 'read', error: 'io', fromMs: 5_000 }],
    },
    untilMs: 20_000,
  },
  'a model file that is bad': {
    setting: { faults: [{ fault: 'error', port: 'models', call: 'open', error: 'not-found', fromMs: 0 }] },
    untilMs: 700_000,
  },
  'a keeper that is missing at first': {
    setting: { faults: [{ fault: 'keeper-gone', fromMs: 0, untilMs: 2_000 }] },
    untilMs: 10_000,
  },
  'an operator releases a device that rests safe': {
    setting: {
      config: quickToSafe,
      faults: [{ fault: 'error', port: 'models', call: 'read', error: 'io', fromMs: 0, untilMs: 30_000 }],
    },
    untilMs: 60_000,
    outside: [{ atMs: 40_000, event: { type: 'OPERATOR.RELEASED' } }],
  },
  'senses that are closed on purpose': {
    setting: {
      config: '[outputs.strike]\nhold_ms = 3000\n',
      people: [visitor('p_ana', 3_000, 30_000)],
      sounds: [speech('p_ana', 1_000, 4_000)],
      faults: [{ fault: 'board-memory-low', availableMib: 40, fromMs: 8_000, untilMs: 14_000 }],
    },
    untilMs: 40_000,
    outside: [
      { atMs: 0, event: { type: 'SENSE.CLOSED', sense: 'hearing' } },
      { atMs: 2_000, event: { type: 'SENSE.OPENED', sense: 'hearing' } },
      { atMs: 4_500, event: { type: 'SENSE.CLOSED', sense: 'vision' } },
      { atMs: 5_500, event: { type: 'SENSE.CLOSED', sense: 'hearing' } },
      { atMs: 6_000, event: { type: 'SENSE.CLOSED', sense: 'vision' } },
      { atMs: 22_000, event: { type: 'SENSE.OPENED', sense: 'vision' } },
      { atMs: 38_000, event: { type: 'SENSE.CLOSED', sense: 'vision' } },
    ],
  },
  'boots that never last': { setting: {}, untilMs: 700_000, badBoots: 5 },
  'a lamp that is stuck off': {
    setting: {
      people: [visitor('p_ana', 2_000, 4_000), visitor('p_ana', 16_000, 4_000)],
      faults: [{ fault: 'line-stuck', line: 'green', on: false, fromMs: 0, untilMs: 10_000 }],
    },
    untilMs: 24_000,
  },
  'a lamp that is stuck on': {
    setting: {
      people: [visitor('p_ana', 2_000, 4_000), visitor('p_ana', 20_000, 4_000)],
      faults: [{ fault: 'line-stuck', line: 'green', on: true, fromMs: 3_000, untilMs: 12_000 }],
    },
    untilMs: 28_000,
  },
  'a look that never ends': {
    setting: {
      config: '[vision]\nmodel_limit_ms = 60000\n',
      faults: [{ fault: 'models-hang', fromMs: 5_000, untilMs: 12_000 }],
    },
    untilMs: 30_000,
  },
  'a watchdog that cannot be fed': {
    setting: {
      faults: [{ fault: 'error', port: 'watchdog', error: 'io', fromMs: 12_000, untilMs: 22_000 }],
    },
    untilMs: 90_000,
  },
  'a board that gets hot, while the camera comes back and while nothing runs': {
    setting: {
      people: [visitor('p_ana', 14_000, 4_000)],
      faults: [
        { fault: 'board-hot', celsius: 99, fromMs: 5_000, untilMs: 25_000 },
        { fault: 'error', port: 'camera', error: 'disconnected', fromMs: 11_000, untilMs: 13_000 },
        { fault: 'board-memory-low', availableMib: 40, fromMs: 45_000, untilMs: 65_000 },
        { fault: 'error', port: 'camera', error: 'disconnected', fromMs: 48_000, untilMs: 75_000 },
      ],
    },
    untilMs: 90_000,
  },
  'a known voice': { setting: { sounds: [speech('p_ana', 2_000, 8_000)] }, untilMs: 16_000 },
  'a stranger’s voice': { setting: { sounds: [speech('p_eve', 2_000, 8_000)] }, untilMs: 16_000 },
  'a word too short to tell': { setting: { sounds: [speech('p_ana', 2_000, 900)] }, untilMs: 8_000 },
  'noise, and nobody who speaks': {
    setting: { sounds: [{ kind: 'noise', fromMs: 2_000, untilMs: 12_000, levelDbfs: -20 }] },
    untilMs: 16_000,
  },
  'two voices, one after the other': {
    setting: { sounds: [speech('p_ana', 2_000, 7_000), speech('p_bea', 12_000, 7_000)] },
    untilMs: 26_000,
  },
  'two voices at once': {
    setting: { sounds: [speech('p_ana', 2_000, 7_000), speech('p_bea', 2_000, 7_000)] },
    untilMs: 16_000,
  },
  'a person who stands and speaks': {
    setting: { people: [visitor('p_ana', 2_000, 12_000)], sounds: [speech('p_ana', 5_000, 7_000)] },
    untilMs: 20_000,
  },
  'a stranger in view while a known voice speaks': {
    setting: { people: [visitor('p_eve', 2_000, 12_000)], sounds: [speech('p_ana', 3_000, 7_000)] },
    untilMs: 20_000,
  },
  'a face and a voice where both are demanded': {
    setting: {
      people: [visitor('p_ana', 2_000, 14_000)],
      sounds: [speech('p_ana', 5_000, 7_000)],
      config: '[access]\nrequire = "both"\n',
    },
    untilMs: 24_000,
  },
  'a microphone that is away for a while': {
    setting: {
      sounds: [speech('p_ana', 4_000, 6_000), speech('p_ana', 24_000, 7_000)],
      faults: [{ fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 6_000, untilMs: 20_000 }],
    },
    untilMs: 36_000,
  },
  'a microphone that is muted for a while': {
    setting: {
      sounds: [speech('p_ana', 2_000, 3_000), speech('p_ana', 14_000, 7_000)],
      faults: [{ fault: 'microphone-zeros', fromMs: 4_000, untilMs: 12_000 }],
    },
    untilMs: 26_000,
  },
  'a sound file that ends while somebody speaks': {
    setting: { sounds: [speech('p_ana', 2_000, 20_000)], replacePorts: microphoneEndingAt(9_000) },
    untilMs: 20_000,
  },
  'voice models that hang once': {
    setting: {
      sounds: [speech('p_ana', 2_000, 7_000), speech('p_ana', 24_000, 7_000)],
      faults: [{ fault: 'voice-models-hang', fromMs: 2_000, untilMs: 9_000 }],
    },
    untilMs: 36_000,
  },
  'a voice that is named every seven seconds': {
    setting: {
      config: '[hearing]\nmode = "seven-second"\n',
      sounds: [speech('p_ana', 0, 14_500)],
    },
    untilMs: 32_000,
  },
  'sound that stands still': {
    setting: {
      config: '[microphone]\nno_sound_timeout_ms = 60000\n',
      sounds: [],
      faults: [{ fault: 'microphone-stalled', fromMs: 5_000, untilMs: 15_000 }],
    },
    untilMs: 30_000,
  },
  'a stop while somebody is served': {
    setting: { people: [visitor('p_ana', 3_000, 6_000)] },
    untilMs: 6_000,
    outside: [{ atMs: 4_000, event: { type: 'STOP.REQUESTED' } }],
  },
  ...rareScenarios,
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** Plays a scenario to its end. */
export async function play(name: ScenarioName): Promise<Simulated> {
  const { setting, untilMs, outside = [], badBoots }: Scenario = scenarios[name];
  const simulated = place(setting);
  const { clock, actor } = simulated;
  if (badBoots !== undefined) {
    await simulated.store.write('boots', new TextEncoder().encode(`${badBoots}\n`));
  }
  await clock.runUntil(0); // faults that are there from the beginning
  actor.start();
  for (const { atMs, event } of outside) {
    await clock.runUntil(atMs);
    actor.send(event);
  }
  await clock.runUntil(untilMs);
  return simulated;
}

/** The simulated camera as a file would be: after a while it shows no more. */
export function cameraEndingAt(endMs: number) {
  return ({ camera, clock }: DevicePorts): Pick<DevicePorts, 'camera'> => {
    const finite: Camera = {
      name: camera.name,
      live: camera.live,
      async open(settings, signal) {
        const session = await camera.open(settings, signal);
        const untilEnd: CameraSession = {
          name: session.name,
          get dropped() {
            return session.dropped;
          },
          async *frames(reading) {
            for await (const frame of session.frames(reading)) {
              if (clock.nowMs() >= endMs) return;
              yield frame;
            }
          },
          close: () => session.close(),
          [Symbol.asyncDispose]: () => session.close(),
        };
        return untilEnd;
      },
    };
    return { camera: finite };
  };
}

/** The simulated microphone as a file would be: after a while there is no more sound. */
export function microphoneEndingAt(endMs: number) {
  return ({ hearing, clock }: DevicePorts): Partial<DevicePorts> => {
    if (hearing === null) return {};
    const { microphone } = hearing;
    const finite: Microphone = {
      name: microphone.name,
      live: false,
      async open(settings, signal) {
        const session = await microphone.open(settings, signal);
        const untilEnd: MicrophoneSession = {
          name: session.name,
          sampleRateHz: session.sampleRateHz,
          channels: session.channels,
          get overruns() {
            return session.overruns;
          },
          async *chunks(reading) {
            for await (const chunk of session.chunks(reading)) {
              if (clock.nowMs() >= endMs) return;
              yield chunk;
            }
          },
          close: () => session.close(),
          [Symbol.asyncDispose]: () => session.close(),
        };
        return untilEnd;
      },
    };
    return { hearing: { ...hearing, microphone: finite } };
  };
}
