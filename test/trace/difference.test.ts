import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { compareTraces, tellDifference } from '../../src/trace/difference.ts';
import { entriesOf } from '../../src/trace/lines.ts';
import type { TraceRecord } from '../../src/trace/record.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { StepClock } from './step-clock.ts';

/** A trace that counts to twenty, with other numbers where they are given. */
function trace(others: Readonly<Record<number, number>> = {}, length = 20): TraceRecord[] {
  const recorder = new TraceRecorder(new StepClock());
  for (let i = 1; i <= length; i++) recorder.note('tick', { i: others[i] ?? i });
  return recorder.records();
}

function compare(left: readonly TraceRecord[], right: readonly TraceRecord[]) {
  return compareTraces(entriesOf(left, 'left'), entriesOf(right, 'right'));
}

test('two traces that are the same have no difference', () => {
  expect(compare(trace(), trace())).toEqual({ records: 20, difference: null });
});

test('the first record that differs is told with the ten before it and the fields that differ', () => {
  const { records, difference } = compare(trace(), trace({ 15: 0, 18: 0 }));
  expect(records).toBe(14);
  expect(difference?.before.map(({ seq }) => seq)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
  const told = tellDifference(difference!, { left: 'golden', right: 'now' });
  expect(told.slice(-3)).toEqual([
    'golden  0.000 s #15 note      tick {"i":15}',
    'now     0.000 s #15 note      tick {"i":0}',
    '        data.i: 15 | 0',
  ]);
});

test('a trace that ends before the other differs where it ends', () => {
  const { records, difference } = compare(trace({}, 12), trace());
  expect(records).toBe(12);
  expect(tellDifference(difference!, { left: 'one', right: 'other' }).slice(-2)).toEqual([
    'one    (nothing more)',
    'other  0.000 s #13 note      tick {"i":13}',
  ]);
});

test('wherever a record is another, it is found', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), (at) => {
      expect(compare(trace(), trace({ [at]: 99 })).difference?.left?.seq).toBe(at);
    }),
  );
});
