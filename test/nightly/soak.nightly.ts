import { expect, test } from 'bun:test';
import { runScenario } from '../../src/scenario/run.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import sevenDays from '../soak/seven-days.ts';
import thirtyDays from '../soak/thirty-days.ts';

const hourMs = 3_600_000;
const mib = 1_048_576;
/** What lives on the heap goes up and down with who is there; after the first day it stays within this. */
const growthMiB = 8;

const lives: readonly (readonly [name: string, life: Scenario, limitS: number])[] = [
  ['seven days', sevenDays, 180],
  ['thirty days, in most of which nobody is there', thirtyDays, 900],
];

test.each(lives)(
  '%s: the device is well at the end, in time, and no larger than after the first',
  async (name, life, limitS) => {
    const startedMs = performance.now();
    const heapMiB: number[] = [];
    let nextMs = 24 * hourMs;
    const result = await runScenario(life, simTarget(), {
      onRecord: (record) => {
        if (record.tMs < nextMs) return;
        nextMs += 6 * hourMs;
        Bun.gc(true);
        heapMiB.push(process.memoryUsage().heapUsed / mib);
      },
    });
    const tookS = (performance.now() - startedMs) / 1_000;
    const half = Math.floor(heapMiB.length / 2);
    const grownMiB = median(heapMiB.slice(half)) - median(heapMiB.slice(0, half));
    console.log(
      `${name}: ${result.outcome}, ${Math.round(result.durationMs / hourMs)} h in ${tookS.toFixed(0)} s, ` +
        `${result.edges.green.filter(({ on }) => on).length} grants, ${result.records} records, heap ` +
        `${Math.min(...heapMiB).toFixed(1)} to ${Math.max(...heapMiB).toFixed(1)} MiB, grown ${grownMiB.toFixed(1)} MiB`,
    );
    expect(result.failures).toEqual([]);
    expect(result.outcome).toBe('pass');
    expect(grownMiB).toBeLessThan(growthMiB);
    expect(tookS).toBeLessThan(limitS);
  },
  1_200_000,
);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
