import { describe, expect, test } from 'bun:test';
import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault } from '../../hal/sim/faults.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { cameraEndingAt } from './scenarios.ts';
import {
  cameToRest,
  deviceStates,
  grantedTo,
  greenEdges,
  place,
  type Setting,
  type Simulated,
  visitor,
} from './simulate.ts';

/** How long each fault lasts, and by when the device has come to rest in a state with a name. */
const faultMs = 70_000;
const restMs = 60_000;
/** Safe tests itself again soon, so that recovery is seen without waiting for ten minutes. */
const config = '[device]\nsafe_retry_ms = 20000\n';
const maxOnMs = 5_000;

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
  'reloading.waiting': {
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
      [`models load with ${error}`, { fault: 'error', port: 'models', call: 'open', error }],
      [`models answer with ${error}`, { fault: 'error', port: 'models', call: 'read', error }],
    ]),
  ),
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
    // Somebody known comes again when all is over.
    const backMs = 30_000 + faultMs + 100_000;
    const people = [...(setting.people ?? []), visitor('p_bea', backMs, 3_000)];
    const simulated = place({ config, ...setting, people });
    const { clock, actor, faults: board, camera } = simulated;
    await reach(simulated, leaf);

    const end = board.begin(fault);
    await clock.runFor(restMs);
    expect(actor.getSnapshot().status).toBe('active');
    expect(cameToRest(simulated, clock.nowMs() - restMs)).toBe(true);
    await clock.runFor(faultMs - restMs);
    end();

    await clock.runUntil(backMs + 8_000);
    const edges = greenEdges(simulated);
    expect(edges.at(-1)?.[1] ?? false).toBe(false);
    edges.forEach(([atMs, on], i) => {
      if (!on) expect(atMs - (edges[i - 1]?.[0] ?? 0)).toBeLessThanOrEqual(maxOnMs);
    });
    if (leaf !== 'ended.waiting') {
      expect(deviceStates(simulated)).toContain('operating.health.nominal');
      expect(grantedTo(simulated)).toContain('p_bea');
    }

    await simulated.stop();
    expect(simulated.breaches).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
    expect(simulated.leasedSlots()).toBe(0);
    const again = await camera.open({ widthPx: 640, heightPx: 480, fps: 10 }, new AbortController().signal);
    await again.close();
  });
});
