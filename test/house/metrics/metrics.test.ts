import { describe, expect, test } from 'bun:test';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { expositionText } from '../../../src/house/metrics/exposition.ts';
import { Buckets, Counts } from '../../../src/house/metrics/family.ts';
import { Meter } from '../../../src/house/metrics/meter.ts';
import { Reporter } from '../../../src/house/reporter.ts';
import { loadScenarios } from '../../../src/scenario/load.ts';
import { runScenario } from '../../../src/scenario/run.ts';
import { simTarget } from '../../../src/scenario/sim-target.ts';
import { TraceRecorder } from '../../../src/trace/recorder.ts';
import { parseExposition } from './parse-exposition.ts';

describe('the exposition format', () => {
  test('carries any label, however odd, back to who reads it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, value) => {
          const written = expositionText([
            {
              type: 'gauge',
              name: 'a',
              help: text.replaceAll('\r', ''),
              samples: [{ labels: { l: text }, value }],
            },
          ]);
          const [family] = parseExposition(written);
          expect(family?.series).toEqual([
            { name: 'a', labels: { l: text }, value: value === 0 ? 0 : value },
          ]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('has histograms whose buckets rise to the count', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 9, noNaN: true })), (values) => {
        const buckets = new Buckets('a_seconds', 'b', [0.1, 1, 5]);
        for (const value of values) buckets.add(value);
        const [family] = parseExposition(expositionText([buckets.family()]));
        const counts = family?.series
          .filter(({ name }) => name.endsWith('_bucket'))
          .map(({ value }) => value);
        expect(counts).toEqual([...(counts ?? [])].sort((a, b) => a - b));
        expect(counts?.at(-1)).toBe(values.length);
        expect(counts?.[1]).toBe(values.filter((value) => value <= 1).length);
      }),
      { numRuns: 50 },
    );
  });

  test('is not flooded by labels that somebody makes up', () => {
    const counts = new Counts('a_total', 'b');
    for (let count = 0; count < 10_000; count++) counts.add({ reason: String(count) });
    const { samples } = counts.family();
    expect(samples.length).toBeLessThanOrEqual(201);
    expect(samples.at(-1)).toMatchObject({ labels: { reason: 'other' }, value: 10_000 - 200 });
  });
});

describe('the figures', () => {
  /** What is counted of a scenario of the library. */
  async function counted(name: string) {
    const [scenario] = await loadScenarios([resolve(import.meta.dir, `../../scenarios/${name}.yaml`)]);
    if (scenario === undefined) throw new Error(`no scenario ${name}`);
    const trace = new TraceRecorder(new VirtualClock());
    const meter = new Meter('0.1.0');
    meter.show({ trace, people: () => 3, voices: () => 2 });
    const reporter = new Reporter();
    await runScenario(scenario, simTarget(), {
      onRecord: (record) => {
        meter.hear(reporter.see(record).map((happening) => ({ ...happening, id: '', at: '' })));
        const { v: _, seq: __, tMs: ___, ...fields } = record;
        trace.record(fields);
      },
    });
    const families = parseExposition(expositionText(meter.read(7)));
    const value = (series: string, labels: object = {}) =>
      families
        .flatMap((family) => family.series)
        .find((one) => one.name === series && Bun.deepEquals(one.labels, labels))?.value;
    return { families, value };
  }

  test('say what was looked at, decided, switched and failed', async () => {
    const { families, value } = await counted('camera-unplugged-while-green');
    expect(value('vigil_decisions_total', { answer: 'granted', by: 'face', reason: 'granted' })).toBe(2);
    expect(value('vigil_looks_total', { condition: 'good' })).toBeGreaterThan(5);
    expect(value('vigil_output_switches_total', { output: 'output' })).toBe(2);
    expect(families.find(({ name }) => name === 'vigil_faults_total')?.series).toHaveLength(1);
    expect(value('vigil_face_latency_seconds_count')).toBeGreaterThan(0);
    expect(value('vigil_people_known', { by: 'face' })).toBe(3);
    expect(value('vigil_house_events_dropped_total')).toBe(7);
    expect(value('vigil_state', { state: 'stopped' })).toBe(1);
  });

  test('have names by the conventions of Prometheus', async () => {
    const { families } = await counted('known-voice');
    for (const { name, type, help } of families) {
      expect(name).toMatch(/^vigil_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(help).toEndWith('.');
      // Base units alone.
      expect(name).not.toMatch(/_(ms|milliseconds|percent|kb|minutes)(_|$)/);
    }
    expect(
      families.find(({ name }) => name === 'vigil_voice_latency_seconds')?.series.at(-1)?.value,
    ).toBeGreaterThan(0);
  });
});
