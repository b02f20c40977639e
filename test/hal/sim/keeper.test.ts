import { describe, expect, test } from 'bun:test';
import type { ActuatorLine } from '../../../hal/contract/keeper.ts';
import { FaultBoard } from '../../../hal/sim/faults.ts';
import { SimulatedKeeper } from '../../../hal/sim/keeper.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';

const strike: ActuatorLine = { name: 'strike', safeOn: false, maxOnMs: 5_000 };

async function keeping() {
  const clock = new VirtualClock();
  const faults = new FaultBoard(clock);
  const keeper = new SimulatedKeeper({ clock, faults, lines: [strike] });
  await clock.runUntilSettled(keeper.start());
  return { clock, faults, keeper };
}

describe('twin of the line keeper', () => {
  test('records every edge, and how each lease ended', async () => {
    const { clock, keeper } = await keeping();
    await keeper.grant('strike', 300);
    await clock.runFor(1_000);
    await keeper.grant('strike', 300);
    await clock.runFor(100);
    await keeper.release('strike');
    expect(keeper.history).toEqual([
      { atMs: 0, line: 'strike', on: true },
      { atMs: 300, line: 'strike', on: false },
      { atMs: 1_000, line: 'strike', on: true },
      { atMs: 1_100, line: 'strike', on: false },
    ]);
    expect(keeper.leaseEnds.map(({ end }) => end)).toEqual(['expired', 'released']);
  });

  test('drops its lines when it dies, refuses while it is gone, and serves again when it is back', async () => {
    const { clock, faults, keeper } = await keeping();
    await keeper.grant('strike', 3_000);
    await clock.runFor(100);
    const back = faults.begin({ fault: 'keeper-gone' });
    expect(keeper.history.at(-1)).toEqual({ atMs: 100, line: 'strike', on: false });
    await expect(keeper.grant('strike', 100)).rejects.toMatchObject({ kind: 'disconnected' });
    await expect(keeper.start()).rejects.toMatchObject({ kind: 'disconnected' });
    await clock.runFor(10_000);
    back();
    await clock.runFor(1_000);
    await keeper.grant('strike', 100);
    expect(await keeper.read('strike')).toBe(true);
  });

  test('answers nothing to a silent client, makes its lines safe in time, and ends what was asked meanwhile', async () => {
    const { clock, faults, keeper } = await keeping();
    await keeper.grant('strike', 5_000);
    const end = faults.begin({ fault: 'keeper-client-silent' });
    const asked = keeper.renew('strike', 5_000).catch((error: { kind: string }) => error.kind);
    await clock.runFor(3_000);
    expect(keeper.history.at(-1)).toEqual({ atMs: 1_000, line: 'strike', on: false });
    end();
    expect(await clock.runUntilSettled(asked)).toBe('disconnected');
  });
});
