import type { Actuator } from '../../hal/actuator.ts';
import type { Microphone } from '../../hal/contract/microphone.ts';
import type { DevicePorts, HearingPorts } from '../../src/runtime/ports.ts';
import type { Scenario } from './scenarios.ts';
import { type Setting, speech, type TimedFault, visitor } from './simulate.ts';

const known = visitor('p_ana', 3_000, 6_000);
const knownTwice = [visitor('p_ana', 3_000, 4_000), visitor('p_bea', 20_000, 4_000)];
const recoverAtOnce = '[device]\nrecover_first_ms = 100\n';

const models = (call: 'open' | 'read', fromMs: number, untilMs?: number): TimedFault => ({
  fault: 'error',
  port: 'models',
  call,
  error: 'io',
  fromMs,
  ...(untilMs === undefined ? {} : { untilMs }),
});
const voiceModels = (call: 'open' | 'read', fromMs: number, untilMs: number): TimedFault => ({
  fault: 'error',
  port: 'voice-models',
  call,
  error: 'io',
  fromMs,
  untilMs,
});
const shortly = (port: 'camera' | 'microphone', fromMs: number): TimedFault => ({
  fault: 'error',
  port,
  error: 'disconnected',
  fromMs,
  untilMs: fromMs + 300,
});

/** A door with a button inside, a contact, a strike and a siren. */
export const door = [
  '[input.exit_button]\npin = 16',
  '[input.door_contact]\npin = 18',
  '[door]\nopen_within_ms = 3000\nheld_open_ms = 5000\nstuck_ms = 3000',
  '[outputs.strike]\non_exit = true\nends_when_opened = true',
  '[outputs.siren]\non_granted = false\non_forced = true\non_held_open = true',
].join('\n');

type Worked = NonNullable<Setting['inputs']>[number];

/** The button inside is pressed. */
export function press(atMs: number, forMs: number): Worked[] {
  return [
    { atMs, input: 'exit-button', on: true },
    { atMs: atMs + forMs, input: 'exit-button', on: false },
  ];
}

/** A wire that comes and goes for 0.8 s. */
function flaps(input: Worked['input'], fromMs: number): Worked[] {
  return Array.from({ length: 40 }, (_, i) => ({ atMs: fromMs + 20 * i, input, on: i % 2 === 1 }));
}

/** What hardly ever happens: drivers that are late or throw where they should reject, and one trouble in another. */
export const rareScenarios = {
  'everything takes longer than it may, once': {
    setting: { people: [visitor('p_ana', 60_000, 4_000)], replacePorts: lateOnce('openModels', 30_000) },
    untilMs: 70_000,
  },
  'a recovery takes longer than it may': {
    setting: {
      config: recoverAtOnce,
      faults: [models('read', 0, 200)],
      replacePorts: lateOnce('openModels', 30_000, 1),
    },
    untilMs: 50_000,
  },
  'a self-test takes longer than it may': {
    setting: { replacePorts: lateOnce('testModels', 15_000) },
    untilMs: 30_000,
  },
  'a camera takes longer to open than it may': {
    setting: { replacePorts: lateCamera(15_000) },
    untilMs: 30_000,
  },
  'fresh face models take longer than they may': {
    setting: {
      people: [known],
      faults: [models('read', 3_500, 4_000)],
      replacePorts: lateOnce('openModels', 18_000, 1),
    },
    untilMs: 60_000,
  },
  'fresh face models cannot be loaded': {
    setting: { people: [known], faults: [models('read', 3_500, 4_000), models('open', 3_500, 6_000)] },
    untilMs: 30_000,
  },
  'a model file that is of the wrong kind': {
    setting: {
      faults: [
        {
          fault: 'error',
          port: 'models',
          call: 'open',
          error: 'invalid-argument',
          fromMs: 0,
          untilMs: 5_000,
        },
      ],
    },
    untilMs: 20_000,
  },
  'a camera that is away for a moment': {
    setting: { people: [known], faults: [shortly('camera', 6_000)] },
    untilMs: 12_000,
  },
  'a camera that goes away while somebody leaves': {
    setting: { people: [visitor('p_ana', 3_000, 3_000)], faults: [shortly('camera', 7_400)] },
    untilMs: 14_000,
  },
  'the eyes cannot be opened': {
    setting: { replacePorts: throwingOnce('newPictureWatch') },
    untilMs: 10_000,
  },
  'nobody tells when a camera or a microphone appears': {
    setting: {
      sounds: [],
      faults: [
        { fault: 'error', port: 'camera', error: 'disconnected', fromMs: 3_000, untilMs: 15_000 },
        { fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 3_000, untilMs: 15_000 },
      ],
      replacePorts: ({ hearing }) => ({
        watchCamera: throws,
        hearing: hearing && { ...hearing, watchMicrophone: throws },
      }),
    },
    untilMs: 60_000,
  },
  'a person decided about at the first look': {
    setting: { people: [known], config: '[vision]\nvotes = 1\n' },
    untilMs: 10_000,
  },
  'a person who is enrolled while they stand there': {
    setting: {
      people: [known],
      replacePorts: enrolledAt(5_000, 'p_ana'),
    },
    untilMs: 12_000,
  },
  'a recognition that is old when it comes': {
    setting: {
      people: [visitor('p_ana', 3_000, 15_000)],
      config: '[vision]\nevidence_max_age_ms = 50\ntrack_lost_ms = 3000\n',
      faults: [{ fault: 'models-slow', extraMs: 900, fromMs: 0, untilMs: 12_000 }],
    },
    untilMs: 20_000,
  },
  'the dark falls while somebody who looks away is seen': {
    setting: {
      people: [visitor('p_ana', 3_000, 12_000, { yawDeg: 48 })],
      config: '[vision]\ntrack_lost_ms = 5000\n',
      faults: [{ fault: 'camera-black', fromMs: 5_000, untilMs: 9_000 }],
    },
    untilMs: 18_000,
  },
  'the dark falls while a stranger is seen': {
    setting: {
      people: [visitor('p_eve', 3_000, 12_000)],
      config: '[vision]\ntrack_lost_ms = 5000\n',
      faults: [{ fault: 'camera-black', fromMs: 5_000, untilMs: 9_000 }],
    },
    untilMs: 18_000,
  },
  'the dark falls while somebody is served': {
    setting: {
      people: [visitor('p_ana', 3_000, 12_000)],
      config: '[output.green]\nhold_ms = 4000\n',
      faults: [{ fault: 'camera-black', fromMs: 3_600, untilMs: 9_000 }],
    },
    untilMs: 18_000,
  },
  'a voice is served while somebody who looks away is seen': {
    setting: {
      people: [visitor('p_eve', 1_000, 15_000, { yawDeg: 48 })],
      sounds: [speech('p_ana', 3_000, 7_000)],
    },
    untilMs: 18_000,
  },

  'a person outside their hours, by face and voice': {
    setting: {
      people: [visitor('p_ana', 3_000, 12_000)],
      sounds: [speech('p_ana', 4_000, 7_000)],
      replacePorts: () => ({
        termsOf: () => ({
          disabled: false,
          hours: [{ days: ['sat'], fromMinute: 480, untilMinute: 1_080 }],
          lastDay: null,
        }),
      }),
    },
    untilMs: 20_000,
  },

  'a microphone takes longer to open than it may': {
    setting: { sounds: [], replacePorts: lateMicrophone(15_000) },
    untilMs: 30_000,
  },
  'a microphone that is away for a moment': {
    setting: { sounds: [], faults: [shortly('microphone', 6_000)] },
    untilMs: 12_000,
  },
  'the ears cannot be opened': {
    setting: { sounds: [], replacePorts: hearingWith(throwingOnce('newSoundWatch')) },
    untilMs: 10_000,
  },
  'the sound goes while somebody speaks': {
    setting: {
      sounds: [speech('p_ana', 2_000, 8_000)],
      config: '[hearing]\nutterance_gap_ms = 9000\n',
      faults: [{ fault: 'microphone-zeros', fromMs: 2_500, untilMs: 8_000 }],
    },
    untilMs: 14_000,
  },
  'the sound goes while a voice is served': {
    setting: {
      sounds: [speech('p_ana', 2_000, 8_000)],
      config: '[output.green]\nhold_ms = 5000\n',
      faults: [{ fault: 'microphone-zeros', fromMs: 5_600, untilMs: 9_000 }],
    },
    untilMs: 16_000,
  },
  'a face is served while somebody speaks': {
    setting: { people: [visitor('p_ana', 3_000, 6_000)], sounds: [speech('p_eve', 3_000, 6_000)] },
    untilMs: 14_000,
  },
  'a voice is not named in time': {
    setting: { sounds: [speech('p_ana', 2_000, 6_000)], replacePorts: hearingWith(namingLate(25_000)) },
    untilMs: 40_000,
  },
  'voice models that fail again and again': {
    setting: { sounds: [speech('p_ana', 2_000, 40_000)], faults: [voiceModels('read', 2_000, 30_000)] },
    untilMs: 50_000,
  },
  'fresh voice models cannot be loaded': {
    setting: {
      sounds: [speech('p_ana', 2_000, 20_000)],
      faults: [voiceModels('read', 3_000, 7_000), voiceModels('open', 3_000, 10_000)],
    },
    untilMs: 30_000,
  },
  'fresh voice models take longer than they may': {
    setting: {
      sounds: [speech('p_ana', 2_000, 20_000)],
      faults: [voiceModels('read', 3_000, 7_000)],
      replacePorts: hearingWith(lateVoices(18_000)),
    },
    untilMs: 40_000,
  },
  'sound that stands still for a moment': {
    setting: {
      config: '[microphone]\nno_sound_timeout_ms = 60000\n',
      sounds: [],
      faults: [{ fault: 'microphone-stalled', fromMs: 5_000, untilMs: 11_000 }],
    },
    untilMs: 30_000,
  },

  'a lamp that may not be written': {
    setting: {
      people: knownTwice,
      faults: [
        {
          fault: 'error',
          port: 'output',
          name: 'green',
          call: 'write',
          error: 'permission',
          fromMs: 3_000,
          untilMs: 12_000,
        },
      ],
    },
    untilMs: 30_000,
  },
  'a strike that sticks, and a buzzer for who is not let in': {
    setting: {
      people: [
        visitor('p_eve', 2_000, 1_500),
        visitor('p_ana', 7_000, 9_000),
        visitor('p_bea', 22_000, 3_000),
      ],
      config: [
        '[access]\nattempts_allowed = 1\nlockout_ms = 8000',
        '[outputs.strike]\nhold_ms = 1000',
        '[outputs.buzzer]\nmode = "pulse"\non_granted = false\non_refused = true\non_unknown = true',
      ].join('\n'),
      faults: [{ fault: 'line-stuck', line: 'strike', on: false, fromMs: 9_000, untilMs: 18_000 }],
    },
    untilMs: 30_000,
  },
  'a door that is used as it should be': {
    setting: {
      people: [visitor('p_ana', 4_000, 3_000)],
      config: door,
      inputs: [
        ...press(1_000, 200),
        { atMs: 1_500, input: 'door-contact', on: false },
        { atMs: 3_000, input: 'door-contact', on: true },
        { atMs: 5_500, input: 'door-contact', on: false },
        { atMs: 12_000, input: 'door-contact', on: true },
        // Nobody opens it this time.
        ...press(13_000, 200),
      ],
    },
    untilMs: 20_000,
  },
  'a door that was open at the start, is forced and held open, and has a loose wire': {
    setting: {
      config: door,
      inputs: [
        { atMs: 0, input: 'door-contact', on: false },
        { atMs: 2_000, input: 'door-contact', on: true },
        { atMs: 4_000, input: 'door-contact', on: false },
        ...flaps('door-contact', 10_000),
        { atMs: 14_000, input: 'door-contact', on: false },
        ...flaps('door-contact', 15_000),
        { atMs: 15_900, input: 'door-contact', on: false },
      ],
    },
    untilMs: 22_000,
  },
  'a button that sticks, flaps, and was pressed at the start': {
    setting: {
      config: door,
      inputs: [
        { atMs: 0, input: 'exit-button', on: true },
        { atMs: 5_000, input: 'exit-button', on: false },
        ...flaps('exit-button', 6_000),
        ...flaps('exit-button', 10_000),
        { atMs: 10_900, input: 'exit-button', on: true },
      ],
    },
    untilMs: 16_000,
  },
  'a door whose inputs cannot be read for a while': {
    setting: {
      config: door,
      faults: [
        { fault: 'error', port: 'input', call: 'read', error: 'disconnected', fromMs: 2_000, untilMs: 5_000 },
        {
          fault: 'error',
          port: 'models',
          call: 'read',
          error: 'permission',
          fromMs: 8_000,
          untilMs: 8_500,
        },
      ],
      // While the device recovers.
      inputs: [
        ...press(9_000, 200),
        { atMs: 9_300, input: 'door-contact', on: false },
        { atMs: 9_600, input: 'door-contact', on: true },
        { atMs: 9_900, input: 'door-contact', on: false },
      ],
    },
    untilMs: 25_000,
  },
  'a keeper that is lost while a buzzer sounds': {
    setting: {
      people: [visitor('p_eve', 2_000, 3_000)],
      config: '[outputs.buzzer]\non_granted = false\non_unknown = true',
      faults: [
        {
          fault: 'error',
          port: 'keeper',
          call: 'write',
          error: 'disconnected',
          fromMs: 3_500,
          untilMs: 8_000,
        },
      ],
    },
    untilMs: 16_000,
  },
  'a keeper that is lost while the lamp is lit': {
    setting: {
      people: knownTwice,
      faults: [
        {
          fault: 'error',
          port: 'keeper',
          call: 'write',
          error: 'disconnected',
          fromMs: 4_000,
          untilMs: 9_000,
        },
      ],
    },
    untilMs: 30_000,
  },
  'a lamp that cannot be read back after a fault': {
    setting: {
      people: knownTwice,
      faults: [
        { fault: 'error', port: 'models', call: 'read', error: 'permission', fromMs: 4_000, untilMs: 4_500 },
        { fault: 'error', port: 'output', call: 'read', error: 'io', fromMs: 3_900, untilMs: 7_000 },
      ],
    },
    untilMs: 30_000,
  },
  'lines that are made safe too slowly': {
    setting: {
      config: recoverAtOnce,
      faults: [
        { fault: 'error', port: 'models', call: 'read', error: 'permission', fromMs: 4_000, untilMs: 7_000 },
      ],
      replacePorts: withLines(({ guard, later }) => {
        guard.makeSafe = later(1_500, guard.makeSafe.bind(guard), 4_000);
      }),
    },
    untilMs: 40_000,
  },
  'lines that cannot be made safe, in a device that rests': {
    setting: { faults: [{ fault: 'line-stuck', line: 'green', on: true, fromMs: 500, untilMs: 3_000 }] },
    untilMs: 10_000,
    badBoots: 5,
  },
  'lines that are made safe too slowly, in a device that rests': {
    setting: {
      replacePorts: withLines(({ guard, later }) => {
        guard.makeSafe = later(1_500, guard.makeSafe.bind(guard), 0);
      }),
    },
    untilMs: 10_000,
    badBoots: 5,
  },
  'a grant that is old when the lamp may go on again': {
    setting: {
      people: [
        visitor('p_ana', 3_000, 8_000, { lateralM: -0.25 }),
        visitor('p_bea', 5_200, 6_000, { lateralM: 0.25 }),
      ],
      config: '[output.green]\nrearm_ms = 3000\n',
    },
    untilMs: 16_000,
  },
  'a lamp that takes too long to go on': {
    setting: {
      people: [known],
      replacePorts: withActuator(({ green, later }) => {
        green.grant = later(800, green.grant.bind(green), 0);
      }),
    },
    untilMs: 16_000,
  },
  'a lamp that takes too long to go off': {
    setting: {
      people: [known],
      replacePorts: withActuator(({ green, later }) => {
        green.release = later(800, green.release.bind(green), 0);
      }),
    },
    untilMs: 20_000,
  },
  'a grant while the lamp goes off': {
    setting: {
      people: [
        visitor('p_ana', 3_000, 6_000, { lateralM: -0.25 }),
        visitor('p_bea', 5_200, 5_000, { lateralM: 0.25 }),
      ],
      replacePorts: withActuator(({ green, later }) => {
        green.release = later(400, green.release.bind(green), 0);
      }),
    },
    untilMs: 16_000,
  },
  'a guard that forgets to end a hold': {
    setting: {
      people: [known],
      replacePorts: withActuator(({ green }) => {
        const grant = green.grant.bind(green);
        green.grant = async (wish, signal) => ({
          ...(await grant(wish, signal)),
          ended: new Promise(() => {}),
        });
      }),
    },
    untilMs: 12_000,
  },
  'a lamp that cannot be put out': {
    setting: {
      people: [
        visitor('p_ana', 3_000, 6_000, { lateralM: -0.25 }),
        visitor('p_bea', 7_000, 5_000, { lateralM: 0.25 }),
      ],
      faults: [{ fault: 'line-stuck', line: 'green', on: true, fromMs: 4_000, untilMs: 12_000 }],
      replacePorts: withActuator(({ green }) => {
        // Says that it is off, and does not know better until it is told to go off.
        const grant = green.grant.bind(green);
        green.grant = async (wish, signal) => ({
          ...(await grant(wish, signal)),
          ended: new Promise(() => {}),
        });
      }),
    },
    untilMs: 20_000,
  },
  'a watchdog that takes too long to be fed': {
    setting: {
      replacePorts: ({ hardwareWatchdog, clock }) => ({
        hardwareWatchdog: hardwareWatchdog && {
          name: hardwareWatchdog.name,
          timeoutMs: hardwareWatchdog.timeoutMs,
          feed: laterOn(clock)(6_000, () => hardwareWatchdog.feed(), 7_000),
          close: () => hardwareWatchdog.close(),
          [Symbol.asyncDispose]: () => hardwareWatchdog.close(),
        },
      }),
    },
    untilMs: 30_000,
  },

  'told to stop twice': {
    setting: {
      replacePorts: withLines(({ lines, later }) => ({ ...lines, close: later(300, lines.close, 0) })),
    },
    untilMs: 6_000,
    outside: [
      { atMs: 4_000, event: { type: 'STOP.REQUESTED' } },
      { atMs: 4_100, event: { type: 'STOP.REQUESTED' } },
    ],
  },
  'a stop in which something cannot be closed': {
    setting: {
      replacePorts: withLines(({ lines }) => ({
        ...lines,
        close: async () => {
          await lines.close();
          throw new Error('the connection was gone');
        },
      })),
    },
    untilMs: 6_000,
    outside: [{ atMs: 4_000, event: { type: 'STOP.REQUESTED' } }],
  },
  'a stop that takes too long': {
    setting: {
      replacePorts: withLines(({ lines, later }) => ({ ...lines, close: later(8_000, lines.close, 0) })),
    },
    untilMs: 20_000,
    outside: [{ atMs: 4_000, event: { type: 'STOP.REQUESTED' } }],
  },
} as const satisfies Record<string, Scenario>;

type Clock = DevicePorts['clock'];
type Later = <A extends readonly unknown[], R>(
  ms: number,
  call: (...args: A) => Promise<R>,
  fromMs: number,
) => (...args: A) => Promise<R>;

/** Calls that come late, from a time on, as long as `untilMs` has not come. */
function laterOn(clock: Clock, untilMs = 20_000): Later {
  return (ms, call, fromMs) =>
    async (...args) => {
      const nowMs = clock.nowMs();
      if (nowMs >= fromMs && nowMs < untilMs) await clock.sleep(ms);
      return call(...args);
    };
}

function throws(): never {
  throw new Error('a bug in a driver');
}

/** The call after `before` others waits for so long, or until it is given up. */
function lateOnce(what: 'openModels' | 'testModels', ms: number, before = 0) {
  return (ports: DevicePorts): Partial<DevicePorts> => {
    let calls = 0;
    const wait = async (signal: AbortSignal) => {
      if (calls++ === before) await ports.clock.sleep(ms, signal);
    };
    if (what === 'openModels') {
      return {
        async openModels(signal) {
          await wait(signal);
          return ports.openModels(signal);
        },
      };
    }
    return {
      async testModels(tested, signal) {
        await wait(signal);
        return ports.testModels(tested, signal);
      },
    };
  };
}

function lateCamera(ms: number) {
  return ({ camera, clock }: DevicePorts): Partial<DevicePorts> => {
    let opened = 0;
    return {
      camera: {
        name: camera.name,
        live: camera.live,
        async open(settings, signal) {
          if (opened++ === 0) await clock.sleep(ms, signal);
          return camera.open(settings, signal);
        },
      },
    };
  };
}

/** A driver that throws the first time, where it should give what it was asked for. */
function throwingOnce<K extends 'newPictureWatch' | 'newSoundWatch'>(what: K) {
  return <P extends { readonly [key in K]: () => unknown }>(ports: P): Pick<P, K> => {
    let asked = 0;
    const call = () => (asked++ === 0 ? throws() : ports[what]());
    return { [what]: call } as Pick<P, K>;
  };
}

function hearingWith(change: (hearing: HearingPorts, clock: Clock) => Partial<HearingPorts>) {
  return ({ hearing, clock }: DevicePorts): Partial<DevicePorts> => ({
    hearing: hearing && { ...hearing, ...change(hearing, clock) },
  });
}

function lateMicrophone(ms: number) {
  return hearingWith(({ microphone }, clock) => {
    let opened = 0;
    const late: Microphone = {
      name: microphone.name,
      live: microphone.live,
      async open(settings, signal) {
        if (opened++ === 0) await clock.sleep(ms, signal);
        return microphone.open(settings, signal);
      },
    };
    return { microphone: late };
  });
}

function lateVoices(ms: number) {
  return ({ openVoices }: HearingPorts, clock: Clock): Partial<HearingPorts> => {
    let opened = 0;
    return {
      async openVoices(signal) {
        if (opened++ === 1) await clock.sleep(ms, signal);
        return openVoices(signal);
      },
    };
  };
}

function namingLate(ms: number) {
  return ({ openVoices }: HearingPorts, clock: Clock): Partial<HearingPorts> => ({
    async openVoices(signal) {
      const voices = await openVoices(signal);
      const { namer } = voices;
      const name = namer.name.bind(namer);
      namer.name = async (sound, wait) => {
        await clock.sleep(ms, wait);
        return name(sound, wait);
      };
      return voices;
    },
  });
}

/** The person is known from then on; whoever else is enrolled was known before. */
function enrolledAt(atMs: number, subject: string) {
  return ({ clock, loadGallery }: DevicePorts): Partial<DevicePorts> => ({
    async loadGallery(pipelineId) {
      const gallery = await loadGallery(pipelineId);
      if (clock.nowMs() >= atMs) return gallery;
      const subjectIds = gallery.subjectIds.map((known) => (known === subject ? 'p_somebody-else' : known));
      const row = gallery.subjectIds.indexOf(subject);
      const { embeddingLength } = gallery;
      const embeddings = gallery.embeddings.map((value, i) =>
        Math.floor(i / embeddingLength) === row ? -value : value,
      );
      return { ...gallery, subjectIds, embeddings };
    },
    watchGallery(changed, signal) {
      const timer = clock.setTimeout(changed, Math.max(0, atMs - clock.nowMs()));
      signal.addEventListener('abort', () => clock.clearTimeout(timer), { once: true });
    },
  });
}

type Lines = Awaited<ReturnType<DevicePorts['openLines']>>;

function withLines(
  change: (given: { lines: Lines; guard: Lines['guard']; later: Later }) => Lines | undefined,
) {
  return ({ openLines, clock }: DevicePorts): Partial<DevicePorts> => ({
    async openLines(signal) {
      const lines = await openLines(signal);
      return change({ lines, guard: lines.guard, later: laterOn(clock) }) ?? lines;
    },
  });
}

function withActuator(change: (given: { green: Actuator; later: Later }) => void) {
  return withLines(({ guard, later }) => {
    change({ green: guard.actuator('green'), later });
    return undefined;
  });
}
