import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Histogram } from '../../src/trace/histogram.ts';
import { TraceCounter } from '../../src/trace/stats.ts';
import { recordingOf } from '../runtime/replay/recorded.ts';

describe('what is counted in a trace', () => {
  test('times in states fill the time of the actor, and grants, refusals and latencies are those that were', async () => {
    const counter = new TraceCounter();
    const records = await recordingOf('a person who stands and speaks');
    for (const record of records) counter.see(record);
    const stats = counter.stats();
    expect(stats.records).toBe(records.length);
    expect(Object.values(stats.byKind).reduce((sum, count) => sum + count, 0)).toBe(records.length);
    expect(stats.missing).toBe(0);
    const output = stats.states.filter(({ actor }) => actor === 'device/output');
    expect(output.find(({ state }) => state === 'on.lit')).toMatchObject({ ms: 2_000, entered: 1 });
    expect(output.reduce((sum, { ms }) => sum + ms, 0)).toBe(20_000);
    expect(stats.granted).toEqual([{ subjectId: 'p_ana', count: 1 }]);
    expect(stats.refused).toEqual([{ code: 'already-served', count: 1 }]);
    expect(stats.latencies.find(({ what }) => what === 'name the voice')).toMatchObject({ count: 4 });
    expect(stats.latencies.map(({ what }) => what)).toContain('a face, from the frame to its embedding');
  });

  test('faults are told by part and kind', async () => {
    const counter = new TraceCounter();
    for (const record of await recordingOf('a camera that is away for a while')) counter.see(record);
    const faults = new Map(counter.stats().faults.map(({ what, count }) => [what, count]));
    expect(faults.get('camera open-failed: disconnected')).toBeGreaterThan(3);
  });

  test('a counted trace of which records are missing says how many', async () => {
    const counter = new TraceCounter();
    for (const record of await recordingOf('a stranger')) if (record.seq % 10 !== 5) counter.see(record);
    expect(counter.stats().missing).toBeGreaterThan(30);
  });
});

describe('a histogram', () => {
  test('gives quantiles to one per cent, and the largest value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95, 1),
        (values, share) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const sorted = values.toSorted((a, b) => a - b);
          const exact = sorted[Math.ceil(share * values.length) - 1]!;
          expect(histogram.quantile(share)).toBeWithin(exact * 0.99, exact * 1.0101);
          expect(histogram.max).toBe(sorted.at(-1)!);
        },
      ),
    );
  });

  test('of nothing is zero, and knows zeros', () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.add(0);
    expect([histogram.count, histogram.quantile(0.5), histogram.max]).toEqual([1, 0, 0]);
  });
});
