import type { ProgressSource } from '../../machines/events.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { leftThenRight, rightThenLeft, turning } from './heads.ts';
import { door, press } from './rare-scenarios.ts';
import { cameraEndingAt, microphoneEndingAt } from './scenarios.ts';
import { type Setting, speech, type TimedFault, visitor } from './simulate.ts';

/** A moment in a device's life that a fault can come in: the way there, and the states it is known by. */
export interface Situation {
  readonly setting: Setting;
  /** Leaf states, `vision running.blind`: the fault comes as soon as all of them are active. */
  readonly when: readonly string[];
  /** Sent at the beginning of the time given. */
  readonly stopAtMs?: number;
  /** Senses that somebody closes at the beginning, and opens when the fault is over. */
  readonly closes?: readonly ProgressSource[];
  /** Boots that did not last, on the disk. */
  readonly badBoots?: number;
  /** Faces are asked to turn, and whoever comes when all is over turns. */
  readonly challenged?: true;
  /** Without a microphone. */
  readonly deaf?: boolean;
  /** What cannot come back, because its file is at its end. */
  readonly ended?: 'camera' | 'microphone';
}

/** Somebody known who stays for long, where nobody else comes. */
const anaStays = [visitor('p_ana', 1_000, 15_000)];
const anaSpeaks = [speech('p_ana', 1_000, 9_000)];

type Worked = NonNullable<Setting['inputs']>[number];
const closed: Worked = { atMs: 0, input: 'door-contact', on: true };
const opened = (atMs: number): Worked => ({ atMs, input: 'door-contact', on: false });
const shut = (atMs: number): Worked => ({ atMs, input: 'door-contact', on: true });
/** When whatever struck meanwhile is over. */
const lateMs = 75_000;

/** Faults of the models that go away by themselves, so that the next try is good. */
const modelsFailAt = (fromMs: number, untilMs: number): TimedFault[] => [
  { fault: 'error', port: 'models', call: 'read', error: 'io', fromMs, untilMs },
];

/** By name. Whatever is not said is as in an empty, silent room. */
export const situations: Readonly<Record<string, Situation>> = {
  'while it starts': { setting: { replacePorts: slow }, when: ['device starting'] },
  'while it tests itself': { setting: { replacePorts: slow }, when: ['device selfTest'] },
  'while the camera and the microphone are opened': {
    setting: { replacePorts: slow },
    when: ['vision opening.waiting', 'hearing opening.waiting'],
  },
  'in an empty room': {
    setting: {},
    when: ['vision running.idle.empty', 'hearing running.listening', 'output off.ready', 'access ready'],
  },
  'in an empty room, for long': { setting: {}, when: ['device operating.boot.good'] },
  'where there is no microphone': { setting: {}, deaf: true, when: ['device operating.hearing.absent'] },
  'while the camera is closed on purpose': {
    setting: {},
    closes: ['vision'],
    when: ['device operating.vision.closed', 'hearing running.listening'],
  },
  'while the microphone is closed on purpose': {
    setting: {},
    closes: ['hearing'],
    when: ['device operating.hearing.closed', 'vision running.idle.empty'],
  },
  'while the watchdog is fed': {
    setting: { replacePorts: slow },
    when: ['watchdog feeding.due', 'vision running.idle.empty'],
  },
  'before somebody turned away': {
    setting: { people: [visitor('p_ana', 1_000, 15_000, { yawDeg: 48 })] },
    when: ['visit arriving', 'vision running.detecting'],
  },
  'while somebody is compared': {
    setting: { people: anaStays },
    when: ['visit deciding.collecting', 'vision running.recognising'],
  },
  'before a stranger': { setting: { people: [visitor('p_eve', 1_000, 15_000)] }, when: ['visit unknown'] },
  'before somebody who is refused': {
    setting: {
      people: [visitor('p_eve', 1_000, 1_500), visitor('p_ana', 4_000, 15_000)],
      config: '[access]\nattempts_allowed = 1\nlockout_ms = 8000\n',
    },
    when: ['visit refused', 'access lockedOut'],
  },
  ...Object.fromEntries(
    (
      [
        ['straight', 'straight'],
        ['leftThenRight.left', 'left'],
        ['leftThenRight.right', 'left'],
        ['rightThenLeft.right', 'right'],
        ['rightThenLeft.left', 'right'],
        ['back', 'left'],
      ] as const
    ).map(([state, first]): [string, Situation] => [
      `while a head is to turn: ${state}`,
      {
        // Whoever is asked for the other side first fails, and is followed by another.
        setting: {
          people: Array.from({ length: 4 }, (_, visit) =>
            turning('p_ana', 1_000 + 9_000 * visit, first === 'left' ? leftThenRight : rightThenLeft),
          ),
          config: '[access]\nchallenge = "turn"\n',
        },
        when: ['visit challenged', `challenge ${state}`],
        challenged: true,
      },
    ]),
  ),
  'while the lamp is switched on': {
    setting: { people: anaStays, replacePorts: slow },
    when: ['output on.switchingOn'],
  },
  'while the lamp is lit': {
    setting: { people: anaStays },
    when: ['output on.lit', 'vision running.actuating', 'visit granted'],
  },
  'while the lamp is lit for a voice': {
    setting: { sounds: anaSpeaks },
    when: ['output on.lit', 'hearing running.actuating'],
  },
  'while the lamp is switched off': {
    setting: { people: anaStays, replacePorts: slow },
    when: ['output switchingOff'],
  },
  'just after the lamp has gone off': {
    setting: { people: anaStays },
    when: ['output off.resting', 'vision running.idle.attended'],
  },
  'while somebody leaves': {
    setting: { people: [visitor('p_ana', 1_000, 5_000)] },
    when: ['visit leaving', 'output off.ready'],
  },
  'while the lamp does not do what it is told': {
    setting: {
      people: anaStays,
      faults: [{ fault: 'line-stuck', line: 'green', on: false, fromMs: 0, untilMs: 8_000 }],
    },
    when: ['output fault.waiting'],
  },
  'while the lamp is tried again': {
    setting: {
      people: anaStays,
      faults: [{ fault: 'line-stuck', line: 'green', on: false, fromMs: 0, untilMs: 8_000 }],
      replacePorts: slow,
    },
    when: ['output fault.tryingSafe'],
  },
  'in the dark': {
    setting: {
      light: [
        { fromMs: 2_000, level: 0 },
        { fromMs: 12_000, level: 1 },
      ],
    },
    when: ['vision running.blind', 'device operating.health.degraded'],
  },
  'before the face models are replaced': {
    setting: { people: anaStays, faults: modelsFailAt(1_500, 2_500) },
    when: ['vision reloading.pausing'],
  },
  'while the face models are replaced': {
    setting: { people: anaStays, faults: modelsFailAt(3_000, 4_000), replacePorts: slow },
    when: ['vision reloading.replacing.waiting'],
  },
  'while the camera is away': {
    setting: {
      faults: [{ fault: 'error', port: 'camera', error: 'disconnected', fromMs: 2_000, untilMs: 2_600 }],
    },
    when: ['vision reconnecting.waiting'],
  },
  'while the camera has been away for long': {
    setting: {
      faults: [{ fault: 'error', port: 'camera', error: 'disconnected', fromMs: 2_000, untilMs: 12_000 }],
    },
    when: ['vision lost.waiting'],
  },
  'after a video has ended': {
    setting: { replacePorts: cameraEndingAt(4_000) },
    when: ['vision ended.waiting'],
    ended: 'camera',
  },
  'while a look does not end': {
    setting: {
      config: '[vision]\nmodel_limit_ms = 60000\n',
      faults: [{ fault: 'models-hang', fromMs: 2_000, untilMs: 9_500 }],
    },
    when: ['watchdog vision.late'],
  },
  'while somebody speaks': { setting: { sounds: anaSpeaks }, when: ['hearing running.capturing'] },
  'while a voice is compared': {
    setting: { sounds: anaSpeaks },
    when: ['hearing running.classifying.naming'],
  },
  'while the microphone is mute': {
    setting: { faults: [{ fault: 'microphone-zeros', fromMs: 1_000, untilMs: 8_000 }] },
    when: ['hearing running.deaf'],
  },
  'before the voice models are replaced': {
    setting: {
      sounds: anaSpeaks,
      faults: [
        { fault: 'error', port: 'voice-models', call: 'read', error: 'io', fromMs: 1_500, untilMs: 9_000 },
      ],
    },
    when: ['hearing reloading.pausing.waiting'],
  },
  'while the voice models are replaced': {
    setting: {
      sounds: anaSpeaks,
      faults: [
        { fault: 'error', port: 'voice-models', call: 'read', error: 'io', fromMs: 3_000, untilMs: 9_000 },
      ],
      replacePorts: slow,
    },
    when: ['hearing reloading.replacing.waiting'],
  },
  'while the microphone is away': {
    setting: {
      faults: [{ fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 2_000, untilMs: 2_600 }],
    },
    when: ['hearing reconnecting.waiting'],
  },
  'while the microphone has been away for long': {
    setting: {
      faults: [{ fault: 'error', port: 'microphone', error: 'disconnected', fromMs: 2_000, untilMs: 12_000 }],
    },
    when: ['hearing lost.waiting'],
  },
  'after a recording has ended': {
    setting: { replacePorts: microphoneEndingAt(4_000) },
    when: ['hearing ended.waiting'],
    ended: 'microphone',
  },
  'while sound stands still': {
    setting: {
      config: '[microphone]\nno_sound_timeout_ms = 60000\n',
      faults: [{ fault: 'microphone-stalled', fromMs: 2_000, untilMs: 9_500 }],
    },
    when: ['watchdog hearing.late'],
  },
  'beside a closed door': {
    setting: { config: door, inputs: [closed] },
    when: ['door button.released', 'door contact.closed.waiting'],
  },
  'while somebody inside asks to leave': {
    setting: { config: door, inputs: [closed, ...press(2_000, 500)] },
    when: ['door button.pressed', 'door contact.closed.expecting'],
  },
  'while somebody leaves by the door': {
    setting: { config: door, inputs: [closed, ...press(2_000, 200), opened(2_500), shut(4_000)] },
    when: ['door contact.open.rightful'],
  },
  'while the door is forced': {
    setting: { config: door, inputs: [closed, opened(2_000), shut(4_000)] },
    when: ['door contact.open.forced'],
  },
  'while the door is held open': {
    setting: { config: door, inputs: [closed, ...press(2_000, 200), opened(2_500), shut(lateMs)] },
    when: ['door contact.open.heldOpen'],
  },
  'while the button sticks': {
    setting: { config: door, inputs: [closed, ...press(1_000, lateMs)] },
    when: ['door button.stuck'],
  },
  'while the door cannot be read': {
    setting: {
      config: door,
      inputs: [closed],
      faults: [
        { fault: 'error', port: 'input', call: 'read', error: 'disconnected', fromMs: 2_000, untilMs: 9_000 },
      ],
    },
    when: ['door button.unreadable', 'door contact.unreadable'],
  },
  'while it makes safe after a fault': {
    setting: {
      people: anaStays,
      faults: [{ fault: 'keeper-gone', fromMs: 2_500, untilMs: 9_000 }],
      replacePorts: slow,
    },
    when: ['device fault.makingSafe'],
  },
  'before it recovers': {
    setting: {
      faults: [{ fault: 'error', port: 'models', call: 'open', error: 'io', fromMs: 0, untilMs: 300 }],
    },
    when: ['device fault.waiting', 'watchdog vision.unwatched'],
  },
  'while it recovers': {
    setting: {
      faults: [{ fault: 'error', port: 'models', call: 'open', error: 'io', fromMs: 0, untilMs: 1_000 }],
      replacePorts: slow,
    },
    when: ['device recovering'],
  },
  'while it makes safe for long': {
    setting: { replacePorts: slow },
    when: ['device safe.makingSafe'],
    badBoots: 5,
  },
  'while it rests safe': { setting: {}, when: ['device safe.resting'], badBoots: 5 },
  'while it stops': {
    setting: { people: anaStays, replacePorts: slow },
    when: ['device stopping'],
    stopAtMs: 3_000,
  },
};

/**
 * Leaf states that no fault can come in, since the machine leaves them within the moment it enters them, or for good.
 */
export const momentary: Readonly<Record<string, string>> = {
  'device fault.deciding': 'decided at once',
  'device stopped': 'there is no device any more',
  'visit deciding.asking': 'access answers at once',
  'visit gone': 'there is no visit any more',
  'challenge passed': 'the visit goes on at once',
  'challenge failed': 'the visit goes on at once',
  'hearing running.classifying.asking': 'access answers at once',
  'hearing running.classifying.answered': 'leads on at once',
  'hearing running.afterwards': 'leads on at once',
  'watchdog vision.dead': 'the device stops the work at once, and with it the watch',
  'watchdog hearing.dead': 'the device stops the work at once, and with it the watch',
};

/** Everything that takes a moment takes longer, so that there is time for a fault meanwhile. */
function slow({
  camera,
  openModels,
  testModels,
  openLines,
  hearing,
  hardwareWatchdog,
  clock,
}: DevicePorts): Partial<DevicePorts> {
  const later =
    <A extends readonly unknown[], R>(ms: number, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await clock.sleep(ms);
      return call(...args);
    };
  return {
    camera: { name: camera.name, live: camera.live, open: later(500, camera.open.bind(camera)) },
    openModels: later(500, openModels),
    testModels: later(300, testModels),
    async openLines(signal) {
      const { guard, close } = await openLines(signal);
      const green = guard.actuator('green');
      green.grant = later(200, green.grant.bind(green));
      green.release = later(200, green.release.bind(green));
      guard.makeSafe = later(300, guard.makeSafe.bind(guard));
      return { guard, close: later(300, close) };
    },
    hearing: hearing && {
      ...hearing,
      microphone: {
        name: hearing.microphone.name,
        live: hearing.microphone.live,
        open: later(500, hearing.microphone.open.bind(hearing.microphone)),
      },
      openVoices: later(500, hearing.openVoices),
    },
    hardwareWatchdog: hardwareWatchdog && {
      name: hardwareWatchdog.name,
      timeoutMs: hardwareWatchdog.timeoutMs,
      feed: later(200, hardwareWatchdog.feed.bind(hardwareWatchdog)),
      close: hardwareWatchdog.close.bind(hardwareWatchdog),
      [Symbol.asyncDispose]: () => hardwareWatchdog.close(),
    },
  };
}
