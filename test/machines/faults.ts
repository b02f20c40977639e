import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault, FaultCall, FaultKind, SimulatedPort } from '../../hal/sim/faults.ts';

/** What the device does with each of its devices; a line is named where two share a port. */
const calls: Readonly<Record<SimulatedPort, readonly { call: FaultCall; name?: string }[]>> = {
  camera: [{ call: 'open' }, { call: 'read' }],
  models: [{ call: 'open' }, { call: 'read' }],
  microphone: [{ call: 'open' }, { call: 'read' }],
  'voice-models': [{ call: 'open' }, { call: 'read' }],
  store: [{ call: 'read' }, { call: 'write' }],
  watchdog: [{ call: 'write' }],
  board: [{ call: 'read' }],
  keeper: [{ call: 'open' }, { call: 'read' }, { call: 'write' }],
  output: [
    { call: 'read', name: 'green' },
    { call: 'write', name: 'green' },
    { call: 'write', name: 'red' },
  ],
  // Of a device without inputs these touch nothing.
  input: [{ call: 'read' }],
  // Nothing rests on whether it sounds.
  speaker: [],
};

const dayMs = 86_400_000;

/** Every fault with a kind of its own; a new kind does not compile until it is here. */
const special: Readonly<Record<Exclude<FaultKind, 'error'>, readonly Fault[]>> = {
  'camera-stalled': [{ fault: 'camera-stalled' }],
  'camera-frozen': [{ fault: 'camera-frozen' }],
  'camera-black': [{ fault: 'camera-black' }],
  'camera-garbled': [{ fault: 'camera-garbled' }],
  'camera-slow': [
    { fault: 'camera-slow', fps: 1 },
    { fault: 'camera-slow', fps: 0.2 },
  ],
  'models-hang': [{ fault: 'models-hang' }],
  'models-slow': [{ fault: 'models-slow', extraMs: 900 }],
  'models-blind': [{ fault: 'models-blind' }],
  'models-phantom': [{ fault: 'models-phantom' }],
  'models-mistaken': [{ fault: 'models-mistaken', forSubject: 'p_ana' }],
  'models-nan': [{ fault: 'models-nan' }],
  'line-stuck': [
    { fault: 'line-stuck', line: 'green', on: false },
    { fault: 'line-stuck', line: 'green', on: true },
    { fault: 'line-stuck', line: 'red', on: true },
  ],
  'input-stuck': [
    { fault: 'input-stuck', line: 'exit-button', on: true },
    { fault: 'input-stuck', line: 'door-contact', on: false },
  ],
  'keeper-gone': [{ fault: 'keeper-gone' }],
  'keeper-client-silent': [{ fault: 'keeper-client-silent' }],
  'store-full': [{ fault: 'store-full' }],
  'store-read-only': [{ fault: 'store-read-only' }],
  'store-slow': [{ fault: 'store-slow', extraMs: 5_000 }],
  'microphone-stalled': [{ fault: 'microphone-stalled' }],
  'microphone-zeros': [{ fault: 'microphone-zeros' }],
  'microphone-stuck': [{ fault: 'microphone-stuck' }],
  'microphone-clipped': [{ fault: 'microphone-clipped' }],
  'microphone-overrun': [{ fault: 'microphone-overrun' }],
  'voice-models-hang': [{ fault: 'voice-models-hang' }],
  'voice-models-slow': [{ fault: 'voice-models-slow', extraMs: 900 }],
  'voice-models-deaf': [{ fault: 'voice-models-deaf' }],
  'voice-models-mistaken': [{ fault: 'voice-models-mistaken', forSubject: 'p_bea' }],
  'voice-models-nan': [{ fault: 'voice-models-nan' }],
  'board-hot': [{ fault: 'board-hot', celsius: 99 }],
  'board-memory-low': [{ fault: 'board-memory-low', availableMib: 20 }],
  'wall-clock-jump': [
    { fault: 'wall-clock-jump', byMs: dayMs },
    { fault: 'wall-clock-jump', byMs: -dayMs },
  ],
  'wall-clock-untrusted': [{ fault: 'wall-clock-untrusted' }],
};

/** Every fault that can be put into a device: each HAL error of each call, and the special ones. By what it is. */
export const faults: ReadonlyMap<string, Fault> = new Map(
  [
    ...Object.entries(calls).flatMap(([port, uses]) =>
      uses.flatMap((use) =>
        halErrorKinds.map((error): Fault => ({ fault: 'error', port: port as SimulatedPort, ...use, error })),
      ),
    ),
    ...Object.values(special).flat(),
  ].map((fault) => [tellFault(fault), fault]),
);

/** `green write io`, `camera-slow fps 1`. */
export function tellFault(fault: Fault): string {
  if (fault.fault === 'error') return `${fault.name ?? fault.port} ${fault.call ?? 'any'} ${fault.error}`;
  const { fault: kind, ...rest } = fault;
  return [kind, ...Object.entries(rest).flatMap(([field, value]) => [field, String(value)])].join(' ');
}

/**
 * The faults that touch the way to the actuator: with one of them a second fault meets a device whose last defence is
 * weakened. One error stands for all kinds of its call, which the machines treat alike; `disconnected` of the keeper
 * is apart, as it counts as a loss.
 */
const actuatorPath: readonly Fault[] = [
  { fault: 'line-stuck', line: 'green', on: true },
  { fault: 'line-stuck', line: 'green', on: false },
  { fault: 'keeper-gone' },
  { fault: 'keeper-client-silent' },
  { fault: 'error', port: 'output', name: 'green', call: 'write', error: 'io' },
  { fault: 'error', port: 'output', name: 'green', call: 'read', error: 'io' },
  { fault: 'error', port: 'keeper', call: 'write', error: 'disconnected' },
];

/**
 * The faults that start a recovery or stand in its way: what must be opened, loaded or fed again fails, so that with
 * a second one the first cannot be got rid of by the usual way.
 */
const recoveryPath: readonly Fault[] = [
  { fault: 'error', port: 'models', call: 'open', error: 'io' },
  { fault: 'error', port: 'models', call: 'open', error: 'not-found' },
  { fault: 'error', port: 'models', call: 'read', error: 'io' },
  { fault: 'models-hang' },
  { fault: 'error', port: 'voice-models', call: 'open', error: 'io' },
  { fault: 'voice-models-hang' },
  { fault: 'error', port: 'keeper', call: 'open', error: 'busy' },
  { fault: 'error', port: 'watchdog', call: 'write', error: 'io' },
  { fault: 'error', port: 'store', call: 'write', error: 'io' },
];

/** Not in either list, and common: the senses that a device loses while something worse happens. */
const senses: readonly Fault[] = [
  { fault: 'error', port: 'camera', error: 'disconnected' },
  { fault: 'error', port: 'microphone', error: 'disconnected' },
  { fault: 'camera-frozen' },
  { fault: 'models-phantom' },
];

/** Every two of the faults that matter together: at least one is on the way to the actuator or of a recovery. */
export const pairs: ReadonlyMap<string, readonly [Fault, Fault]> = new Map(
  everyTwo([...actuatorPath, ...recoveryPath, ...senses])
    .filter(([first, second]) => !(senses.includes(first) && senses.includes(second)))
    .map((pair) => [pair.map(tellFault).join(' + '), pair]),
);

function everyTwo<T>(list: readonly T[]): (readonly [T, T])[] {
  return list.flatMap((first, i) => list.slice(i + 1).map((second) => [first, second] as const));
}
