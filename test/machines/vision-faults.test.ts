import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault } from '../../hal/sim/faults.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { overMs, sweep } from './fault-sweep.ts';
import { cameraEndingAt } from './scenarios.ts';
import { grantedTo, type Setting, visitor } from './simulate.ts';

/** Somebody known comes again and again when all is over. */
const people = Array.from({ length: 10 }, (_, visit) => visitor('p_bea', overMs + 10_000 * visit, 3_000));

/** The way into each leaf state of vision; the fault comes when it is there. */
const waysInto: Readonly<Record<string, Setting>> = {
  'opening.waiting': { replacePorts: slowToOpen },
  'running.idle.empty': {},
  'running.idle.attended': { people: [visitor('p_ana', 1_000, 15_000)] },
  'running.detecting': { people: [visitor('p_ana', 1_000, 15_000, { yawDeg: 48 })] },
  'running.recognising': { people: [visitor('p_eve', 1_000, 15_000)] },
  'running.actuating': { people: [visitor('p_ana', 1_000, 15_000)] },
  'running.blind': {
    light: [
      { fromMs: 2_000, level: 0 },
      { fromMs: 12_000, level: 1 },
    ],
  },
  'reloading.replacing.waiting': {
    people: [visitor('p_ana', 1_000, 15_000)],
    faults: [{ fault: 'error', port: 'models', call: 'read', error: 'io', fromMs: 1_500, untilMs: 2_500 }],
    replacePorts: slowToOpen,
  },
  'reconnecting.waiting': {
    faults: [{ fault: 'error', port: 'camera', error: 'disconnected', fromMs: 2_000, untilMs: 2_600 }],
  },
  'lost.waiting': {
    faults: [{ fault: 'error', port: 'camera', error: 'disconnected', fromMs: 2_000, untilMs: 12_000 }],
  },
  'ended.waiting': { replacePorts: cameraEndingAt(4_000) },
};

/** Everything that can go wrong with what vision uses. */
const faults: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(
    halErrorKinds.flatMap((error): [string, Fault][] => [
      [`camera opens with ${error}`, { fault: 'error', port: 'camera', call: 'open', error }],
      [`camera reads with ${error}`, { fault: 'error', port: 'camera', call: 'read', error }],
      [`models answer with ${error}`, { fault: 'error', port: 'models', call: 'read', error }],
    ]),
  ),
  'models cannot be loaded': { fault: 'error', port: 'models', call: 'open', error: 'io' },
  'models are bad': { fault: 'error', port: 'models', call: 'open', error: 'invalid-argument' },
  'camera is gone': { fault: 'error', port: 'camera', error: 'disconnected' },
  'camera is stalled': { fault: 'camera-stalled' },
  'camera is frozen': { fault: 'camera-frozen' },
  'camera is black': { fault: 'camera-black' },
  'camera is garbled': { fault: 'camera-garbled' },
  'camera is slow': { fault: 'camera-slow', fps: 1 },
  'camera is very slow': { fault: 'camera-slow', fps: 0.2 },
  'models hang': { fault: 'models-hang' },
  'models are slow': { fault: 'models-slow', extraMs: 900 },
  'models give no numbers': { fault: 'models-nan' },
  'models see ghosts': { fault: 'models-phantom' },
  'models see nobody': { fault: 'models-blind' },
};

/** A camera and models that take half a second to open, so that there is time for a fault meanwhile. */
function slowToOpen({ camera, openModels, clock }: DevicePorts): Partial<DevicePorts> {
  return {
    camera: {
      name: camera.name,
      live: camera.live,
      async open(settings, signal) {
        await clock.sleep(500, signal);
        return camera.open(settings, signal);
      },
    },
    async openModels(signal) {
      await clock.sleep(500, signal);
      return openModels(signal);
    },
  };
}

sweep({
  machine: 'vision',
  waysInto,
  faults,
  backs: { people },
  isServed: (simulated, leaf) => leaf === 'ended.waiting' || grantedTo(simulated).includes('p_bea'),
  openAgain: async ({ camera }) => {
    const again = await camera.open({ widthPx: 640, heightPx: 480, fps: 10 }, new AbortController().signal);
    await again.close();
  },
});
