import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { type LevelTold, SteadyLevel } from '../../src/runtime/steady-level.ts';

const settleMs = 50;

/** What is told of edges, each so long after the one before. */
async function toldOf(gapsMs: readonly number[], from = false): Promise<LevelTold[]> {
  const clock = new VirtualClock();
  const told: LevelTold[] = [];
  const level = new SteadyLevel(clock, settleMs, (each) => told.push(each));
  level.read(from);
  let on = from;
  for (const gapMs of gapsMs) {
    await clock.runFor(gapMs);
    on = !on;
    level.edge(on);
  }
  await clock.runFor(10_000);
  expect(clock.pendingTimers).toBe(0);
  return told.slice(1);
}

describe('a contact', () => {
  test('that bounces when it closes is told once, when it has settled', async () => {
    expect(await toldOf([1_000, 3, 4, 2, 5])).toEqual([{ told: 'changed', on: true }]);
  });

  test('that is touched and let go before it settles is told nothing of', async () => {
    expect(await toldOf([1_000, 20])).toEqual([]);
  });

  test('whose wire is loose is told of once, and read afresh when it has been steady for two seconds', async () => {
    const loose = Array.from({ length: 61 }, () => 20);
    expect(await toldOf(loose)).toEqual([{ told: 'flapped' }, { told: 'read', on: true }]);
  });
});

test('however a contact moves, what is told last is how it stays, and no level is told twice', async () => {
  const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 49 }), fc.integer({ min: 51, max: 900 })), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(gaps, async (gapsMs) => {
      const told = await toldOf(gapsMs);
      const levels = told.flatMap((each) => (each.told === 'flapped' ? [] : [each.on]));
      expect(levels.at(-1) ?? false).toBe(gapsMs.length % 2 === 1);
      let known: boolean | null = false;
      for (const each of told) {
        if (each.told === 'changed') expect(each.on).not.toBe(known);
        known = each.told === 'flapped' ? null : each.on;
      }
    }),
    { numRuns: 60 },
  );
});
