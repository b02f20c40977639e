import { describe, expect, test } from 'bun:test';
import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault } from '../../hal/sim/faults.ts';
import { deviceStates, grantedTo, greenEdges, place, type Simulated, visitor } from './simulate.ts';

/** So long a client is silent before the keeper takes it to be gone; and the lease. */
const silenceMs = 1_000;
const leaseMs = 600;
/** A known person is lit at 3.52 s, and another one long after the fault is over. */
const fromMs = 4_000;
const backMs = 170_000;

async function withFault(fault: Fault, fromMs: number, untilMs: number): Promise<Simulated> {
  const people = [visitor('p_ana', 3_000, 6_000), visitor('p_bea', backMs, 3_000)];
  const config = '[device]\nsafe_retry_ms = 20000\n';
  const simulated = place({ config, people, faults: [{ ...fault, fromMs, untilMs }] });
  await simulated.clock.runUntil(0);
  simulated.actor.start();
  return simulated;
}

test('a keeper that hears nothing from the firmware puts the lit lamp out by itself', async () => {
  const simulated = await withFault({ fault: 'keeper-client-silent' }, fromMs, 70_000);
  await simulated.clock.runUntil(30_000);
  const [on, off] = greenEdges(simulated);
  expect(on?.[1]).toBe(true);
  expect(off?.[0]).toBeGreaterThan(fromMs);
  expect(off?.[0]).toBeLessThanOrEqual(fromMs + silenceMs + leaseMs);
});

test('a lamp that is stuck on, which no software puts out, is reported, and nobody is granted it', async () => {
  const simulated = await withFault({ fault: 'line-stuck', line: 'green', on: true }, fromMs, 70_000);
  await simulated.clock.runUntil(60_000);
  const states = deviceStates(simulated);
  expect(states.includes('operating.health.degraded') || states.includes('safe.resting')).toBe(true);
  expect(grantedTo(simulated)).toEqual(['p_ana']);
});

describe('the hardware watchdog', () => {
  test.each(halErrorKinds.map((error) => [error]))(
    'fed with %s: reported, and cleared when it is fed again',
    async (error) => {
      const fault = { fault: 'error', port: 'watchdog', error } as const;
      const simulated = await withFault(fault, 12_000, 22_000);
      await simulated.clock.runUntil(20_000);
      expect(deviceStates(simulated)).toContain('operating.health.degraded');
      await simulated.clock.runUntil(30_000);
      expect(deviceStates(simulated)).toContain('operating.health.nominal');
    },
  );

  test('a feeding that hangs is reported, and the next one is tried', async () => {
    let hang = false;
    const simulated = place({
      replacePorts: ({ hardwareWatchdog }) => ({
        hardwareWatchdog: hardwareWatchdog && {
          name: hardwareWatchdog.name,
          timeoutMs: hardwareWatchdog.timeoutMs,
          feed: () => (hang ? new Promise<void>(() => {}) : hardwareWatchdog.feed()),
          close: () => hardwareWatchdog.close(),
          [Symbol.asyncDispose]: () => hardwareWatchdog.close(),
        },
      }),
    });
    simulated.actor.start();
    await simulated.clock.runUntil(7_000);
    hang = true;
    await simulated.clock.runUntil(16_000);
    expect(deviceStates(simulated)).toContain('operating.health.degraded');
    hang = false;
    await simulated.clock.runUntil(30_000);
    expect(deviceStates(simulated)).toContain('operating.health.nominal');
    await simulated.stop();
    expect(simulated.clock.pendingTimers).toBe(0);
  });

  test('is fed in time whatever the device does: starting, operating, recovering, resting safe', async () => {
    const simulated = await withFault({ fault: 'error', port: 'models', error: 'io' }, 10_000, 60_000);
    await simulated.clock.runUntil(600_000);
    const been = simulated.snapshots('device').map(({ states }) => states.join(' '));
    expect(been).toContain('safe.resting');
    expect(been).toContain('recovering');
    expect(simulated.watchdog.resetsAtMs).toEqual([]);
  });
});
