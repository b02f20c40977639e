import { afterAll, describe, expect, test } from 'bun:test';
import type { Fault } from '../../hal/sim/faults.ts';
import { SweepReport, strike } from '../machines/fault-sweep.ts';
import { faults, pairs } from '../machines/faults.ts';
import { situations } from '../machines/situations.ts';

const names = Object.entries(situations);
/** Of real time for one situation, on a slow machine. */
const timeLimitMs = 600_000;

const singles = new Map([...faults].map(([name, fault]): [string, readonly Fault[]] => [name, [fault]]));

describe.each([
  ['every fault', singles],
  ['every two faults that matter together', pairs],
] as const)('%s in every situation', (what, all) => {
  const report = new SweepReport();
  afterAll(() => console.log(`${what} (${all.size}) in ${names.length} situations: ${report}`));

  test.each(names)(
    '%s: the device comes to rest, recovers by itself, and leaves nothing behind',
    async (name, situation) => {
      const before = report.problems.length;
      for (const [fault, struck] of all) report.add(`${fault} ${name}`, await strike(situation, struck));
      expect(report.problems.slice(before)).toEqual([]);
    },
    timeLimitMs,
  );
});
