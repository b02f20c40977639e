import { describe, expect, test } from 'bun:test';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { machines } from '../../machines/index.ts';
import type { DevicePorts } from '../../src/runtime/ports.ts';
import { deviceStates, grantedTo, place, type Setting, type Simulated, visitor } from './simulate.ts';

/** Never answers, but gives up when it is told to. */
function never<T>(signal: AbortSignal): Promise<T> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Actors that run as long as their state, and so have no limit of their own. */
const lasting = new Set([
  'access',
  'output',
  'outputs',
  'door',
  'watch the inputs',
  'watch the board',
  'watchdog',
  'vision',
  'look',
  'watch for the camera',
  'hearing',
  // It ends by itself, at the challenge limit.
  'challenge',
  'listen',
  'watch for the microphone',
  'watch the line',
]);

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

describe.each(Object.entries(machines as Record<string, AnyStateMachine>))('the machine %s', (_, machine) => {
  const nodes = nodesOf(machine.root);

  test('handles the failure of whatever it invokes, and waits for nothing without a limit', () => {
    for (const node of nodes) {
      for (const { id, src } of node.invoke) {
        expect([node.id, src, [...node.transitions.keys()]]).toEqual([
          node.id,
          src,
          expect.arrayContaining([`xstate.error.actor.${id}`]),
        ]);
        if (typeof src === 'string' && lasting.has(src)) continue;
        expect([node.id, src, node.after.length > 0]).toEqual([node.id, src, true]);
      }
    }
  });

  test('names every delay, and describes every state', () => {
    for (const node of nodes) {
      for (const { delay } of node.after) expect(typeof delay).toBe('string');
      expect([node.id, node.description]).toEqual([node.id, expect.any(String)]);
    }
  });
});

/** A device in which one thing hangs until `untilMs`. */
async function hanging(
  replace: (ports: DevicePorts, hangs: () => boolean) => Partial<DevicePorts>,
  untilMs: number,
) {
  let nowMs = () => 0;
  const setting: Setting = {
    config: '[device]\nsafe_retry_ms = 5000\n',
    people: [visitor('p_ana', 230_000, 4_000)],
    replacePorts: (ports) => {
      nowMs = () => ports.clock.nowMs();
      return replace(ports, () => nowMs() < untilMs);
    },
  };
  const simulated = place(setting);
  simulated.actor.start();
  return simulated;
}

async function expectServedAndClean(simulated: Simulated): Promise<void> {
  await simulated.clock.runUntil(240_000);
  expect(deviceStates(simulated)).toContain('operating.health.nominal');
  expect(grantedTo(simulated)).toEqual(['p_ana']);
  await simulated.stop();
  expect(simulated.breaches).toEqual([]);
  expect(simulated.clock.pendingTimers).toBe(0);
}

describe('what never answers', () => {
  test('loading models: a fault after the limit, tried again, served when they load', async () => {
    const simulated = await hanging(
      ({ openModels }, hangs) => ({ openModels: (signal) => (hangs() ? never(signal) : openModels(signal)) }),
      60_000,
    );
    await simulated.clock.runUntil(20_001);
    expect(deviceStates(simulated)[0]).toStartWith('fault.');
    await expectServedAndClean(simulated);
  });

  test('the self-test: a fault after the limit, tried again', async () => {
    const simulated = await hanging(
      ({ testModels }, hangs) => ({
        testModels: (models, signal) => (hangs() ? never(signal) : testModels(models, signal)),
      }),
      15_000,
    );
    await simulated.clock.runUntil(10_001);
    expect(deviceStates(simulated)[0]).toStartWith('fault.');
    await expectServedAndClean(simulated);
  });

  test('opening the camera: reconnecting after the limit, and the watchdog is not starved', async () => {
    const simulated = await hanging(
      ({ camera }, hangs) => ({
        camera: {
          name: camera.name,
          live: camera.live,
          open: (settings, signal) => (hangs() ? never(signal) : camera.open(settings, signal)),
        },
      }),
      100_000,
    );
    await simulated.clock.runUntil(100_000);
    expect(deviceStates(simulated)).toContain('operating.health.degraded');
    const been = simulated.snapshots('device').flatMap(({ states }) => states);
    expect(been.some((state) => state.startsWith('fault.'))).toBe(false);
    await expectServedAndClean(simulated);
  });

  test('the store of boots: the device starts all the same after the limit', async () => {
    const simulated = await hanging(
      ({ boots }, hangs) => ({
        boots: { begin: () => (hangs() ? new Promise(() => {}) : boots.begin()), good: () => boots.good() },
      }),
      1_000,
    );
    await simulated.clock.runUntil(30_000);
    expect(deviceStates(simulated)).toContain('operating.health.nominal');
    await expectServedAndClean(simulated);
  });
});

describe('a stop that comes', () => {
  let openedModels = 0;
  const slowly = ({ clock, openModels, testModels, openLines }: DevicePorts): Partial<DevicePorts> => ({
    openLines: async (signal) => {
      await clock.sleep(300, signal);
      return openLines(signal);
    },
    // Does not listen to the signal: what it opens late must be closed all the same.
    openModels: async (signal) => {
      await clock.sleep(700);
      const models = await openModels(signal);
      openedModels++;
      const close = models.close.bind(models);
      return Object.assign(models, {
        close: () => {
          openedModels--;
          return close();
        },
      });
    },
    testModels: async (models, signal) => {
      await clock.sleep(500, signal);
      return testModels(models, signal);
    },
  });
  const brokenModels = { fault: 'error', port: 'models', call: 'read', error: 'io', fromMs: 0 } as const;
  const moments: [string, string, number, Setting][] = [
    ['while it opens its lines', 'starting', 50, {}],
    ['while it loads its models', 'starting', 500, {}],
    ['during the self-test', 'selfTest', 50, {}],
    ['while nobody is there', 'operating.vision.open', 50, {}],
    ['while it waits to recover', 'fault.waiting', 50, { faults: [brokenModels] }],
    ['while it recovers', 'recovering', 500, { faults: [brokenModels] }],
    ['while it rests safe', 'safe.resting', 50, { faults: [brokenModels] }],
  ];

  test.each(moments)(
    '%s ends the device in time, with nothing left open',
    async (_, state, afterMs, setting) => {
      openedModels = 0;
      const simulated = place({ ...setting, replacePorts: slowly });
      const { clock, actor } = simulated;
      await clock.runUntil(0);
      actor.start();
      while (!deviceStates(simulated).includes(state)) {
        if (clock.nowMs() > 60_000) throw new Error(`the device never came into ${state}`);
        await clock.runFor(10);
      }
      await clock.runFor(afterMs);
      await simulated.stop();
      expect(actor.getSnapshot().status).toBe('done');
      expect(simulated.breaches).toEqual([]);
      expect(clock.pendingTimers).toBe(0);
      expect(simulated.indicator.level).toBe(false);
      expect(openedModels).toBe(0);
    },
  );
});
