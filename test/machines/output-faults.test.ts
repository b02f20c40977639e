import { describe, expect, test } from 'bun:test';
import { halErrorKinds } from '../../hal/contract/errors.ts';
import type { Fault } from '../../hal/sim/faults.ts';
import {
  atRestOrSoon,
  deviceStates,
  grantedTo,
  greenEdges,
  place,
  type Simulated,
  visitor,
} from './simulate.ts';

const config = '[device]\nsafe_retry_ms = 20000\n';
/** The lease: a line that is left alone is safe after this at the latest. */
const leaseMs = 600;
const maxOnMs = 5_000;

/** A known person is served at 3.5 s, and another one long after the fault is over. */
const litAtMs = 3_520;
const backMs = 170_000;

const faults: Readonly<Record<string, Fault>> = {
  'the line is stuck off': { fault: 'line-stuck', line: 'green', on: false },
  'the line is stuck on': { fault: 'line-stuck', line: 'green', on: true },
  'the keeper has died': { fault: 'keeper-gone' },
  'the keeper does not answer': { fault: 'keeper-client-silent' },
  ...Object.fromEntries(
    halErrorKinds.flatMap((error): [string, Fault][] => [
      [`the line is written with ${error}`, { fault: 'error', port: 'output', call: 'write', error }],
      [`the line is read with ${error}`, { fault: 'error', port: 'output', call: 'read', error }],
      [`the keeper fails with ${error}`, { fault: 'error', port: 'keeper', error }],
    ]),
  ),
};

async function withFault(fault: Fault, fromMs: number, untilMs: number): Promise<Simulated> {
  const people = [visitor('p_ana', 3_000, 6_000), visitor('p_bea', backMs, 3_000)];
  const simulated = place({ config, people, faults: [{ ...fault, fromMs, untilMs }] });
  await simulated.clock.runUntil(0);
  simulated.actor.start();
  return simulated;
}

/** Served again, nominal, and nothing left over. */
async function expectCured(simulated: Simulated): Promise<void> {
  await simulated.clock.runUntil(backMs + 8_000);
  expect(deviceStates(simulated)).toContain('operating.health.nominal');
  expect(grantedTo(simulated)).toContain('p_bea');
  const lastOn = greenEdges(simulated).findLast(([, on]) => on);
  expect(lastOn?.[0]).toBeGreaterThan(backMs);
  await simulated.stop();
  expect(simulated.breaches).toEqual([]);
  expect(simulated.clock.pendingTimers).toBe(0);
  expect(simulated.keeper.outputs.get('green')?.level).toBe(false);
}

describe.each(Object.entries(faults))('while the lamp is lit, %s', (_, fault) => {
  test('it is off within its lease or its bound, the device comes to rest, and serves again when it is over', async () => {
    const fromMs = litAtMs + 500;
    const simulated = await withFault(fault, fromMs, 70_000);
    await simulated.clock.runUntil(fromMs + 60_000);
    expect(atRestOrSoon(simulated)).toBe(true);
    if (fault.fault === 'line-stuck' && fault.on) {
      // No software switches it off; it is reported, and no grant is given to it.
      const states = deviceStates(simulated);
      expect(states.includes('operating.health.degraded') || states.includes('safe.resting')).toBe(true);
    } else if (!(fault.fault === 'error' && fault.port === 'output' && fault.call === 'write')) {
      const off = greenEdges(simulated).find(([atMs, on]) => !on && atMs > litAtMs);
      expect((off?.[0] ?? Number.POSITIVE_INFINITY) - litAtMs).toBeLessThanOrEqual(maxOnMs);
      if (fault.fault === 'keeper-client-silent')
        expect(off?.[0]).toBeLessThanOrEqual(fromMs + 1_000 + leaseMs);
    }
    await expectCured(simulated);
  });
});

describe.each(Object.entries(faults))('while the lamp is off, %s', (_, fault) => {
  test('nobody is lit by it, the device comes to rest, and serves again when it is over', async () => {
    const simulated = await withFault(fault, 1_000, 61_000);
    await simulated.clock.runUntil(60_999);
    expect(atRestOrSoon(simulated)).toBe(true);
    if (!(fault.fault === 'line-stuck' && fault.on)) {
      for (const [atMs, on] of greenEdges(simulated)) {
        if (on) expect(greenEdges(simulated).some(([off, level]) => !level && off - atMs < 200)).toBe(true);
      }
    }
    await expectCured(simulated);
  });
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
      await expectCured(simulated);
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
