import { describe, expect, test } from 'bun:test';
import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault } from '../../hal/sim/faults.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { cameraEndingAt } from './scenarios.ts';
import {
  atRestOrSoon,
  deviceStates,
  grantedTo,
  greenEdges,
  place,
  type Setting,
  type Simulated,
  visitor,
} from './simulate.ts';

/** So long a fault lasts: by its end the device has come to rest in a state with a name. */
const restMs = 60_000;
/** So long after it the device has recovered by itself. */
const recoveryMs = 60_000;
/** Safe tests itself again soon, so that recovery is seen without waiting for ten minutes. */
const config = '[device]\nsafe_retry_ms = 5000\n';
const maxOnMs = 5_000;
/** Somebody known comes again and again when all is over. */
const backs = Array.from({ length: 10 }, (_, visit) => visitor('p_bea', 75_000 + 10_000 * visit, 3_000));

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

/** Runs until vision is in the state. */
async function reach(simulated: Simulated, leaf: string): Promise<void> {
  const { clock, actor } = simulated;
  await clock.runUntil(0);
  actor.start();
  while (!simulated.snapshots('device/vision').at(-1)?.states.includes(leaf)) {
    if (clock.nowMs() > 30_000) throw new Error(`vision never came into ${leaf}`);
    await clock.runFor(10);
  }
}

describe.each(Object.entries(waysInto))('while vision is %s', (leaf, setting) => {
  test.each(Object.entries(faults))('%s', async (_, fault) => {
    const simulated = place({ config, ...setting, people: [...(setting.people ?? []), ...backs] });
    const { clock, actor, faults: board, camera } = simulated;
    await reach(simulated, leaf);

    const end = board.begin(fault);
    await clock.runFor(restMs);
    expect(actor.getSnapshot().status).toBe('active');
    expect(atRestOrSoon(simulated)).toBe(true);
    end();
    const endedAtMs = clock.nowMs();
    const isCured = () =>
      deviceStates(simulated).includes('operating.health.nominal') &&
      (leaf === 'ended.waiting' || grantedTo(simulated).includes('p_bea'));
    while (!isCured() && clock.nowMs() < endedAtMs + recoveryMs) await clock.runFor(1_000);
    expect(isCured()).toBe(true);
    await clock.runFor(maxOnMs);

    const edges = greenEdges(simulated);
    expect(edges.at(-1)?.[1] ?? false).toBe(false);
    edges.forEach(([atMs, on], i) => {
      if (!on) expect(atMs - (edges[i - 1]?.[0] ?? 0)).toBeLessThanOrEqual(maxOnMs);
    });

    await simulated.stop();
    expect(simulated.breaches).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    expect(simulated.leasedSlots()).toBe(0);
    const again = await camera.open({ widthPx: 640, heightPx: 480, fps: 10 }, new AbortController().signal);
    await again.close();
  });
});
