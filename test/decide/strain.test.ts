import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { BoardReading } from '../../hal/contract/board-sensors.ts';
import { strainKinds, strainOf } from '../../src/decide/strain.ts';

const mebibyte = 1024 * 1024;
const well: BoardReading = {
  temperature: { sensor: 'CPU-therm', celsius: 60, limitCelsius: 95 },
  slowedDown: false,
  lowVoltage: false,
  availableBytes: 1_000 * mebibyte,
};
const at = (celsius: number): BoardReading => ({
  ...well,
  temperature: { sensor: 'CPU-therm', celsius, limitCelsius: 95 },
});

test('a board is hot from three degrees under its limit on, and until it is eight under it', () => {
  expect(strainOf(at(91), null)).toBeNull();
  expect(strainOf(at(92), null)).toEqual({
    kind: 'hot',
    reason: 'it is slowed down from 95 degrees on (CPU-therm 92 degrees): frames at half-rate',
  });
  expect(strainOf(at(88), 'hot')?.kind).toBe('hot');
  expect(strainOf(at(86), 'hot')).toBeNull();
});

test('memory is low under 100 MiB, and until there are 150 again', () => {
  const left = (mib: number): BoardReading => ({ ...well, availableBytes: mib * mebibyte });
  expect(strainOf(left(101), null)).toBeNull();
  expect(strainOf(left(99), null)?.reason).toBe('only 99 MiB of memory are left: frames at half-rate');
  expect(strainOf(left(149), 'memory-low')?.kind).toBe('memory-low');
  expect(strainOf(left(150), 'memory-low')).toBeNull();
});

test('a processor that is slowed down, or too little voltage, counts whatever the temperature', () => {
  expect(strainOf({ ...at(50), slowedDown: true }, null)?.kind).toBe('slowed-down');
  expect(strainOf({ ...well, lowVoltage: true, temperature: null }, null)?.kind).toBe('voltage-low');
});

test('a board that says nothing of itself is well', () => {
  const silent = { temperature: null, slowedDown: false, lowVoltage: false, availableBytes: null };
  for (const before of [null, ...strainKinds]) expect(strainOf(silent, before)).toBeNull();
});

test('what stays as it is stays what it is: the same reading twice gives the same strain', () => {
  const reading = fc.record({
    temperature: fc.record({
      sensor: fc.constant('cpu'),
      celsius: fc.integer({ min: 0, max: 120 }),
      limitCelsius: fc.integer({ min: 60, max: 100 }),
    }),
    slowedDown: fc.boolean(),
    lowVoltage: fc.boolean(),
    availableBytes: fc.integer({ min: 0, max: 400 }).map((mib) => mib * mebibyte),
  });
  fc.assert(
    fc.property(reading, fc.constantFrom(null, ...strainKinds), (given, before) => {
      const first = strainOf(given, before)?.kind ?? null;
      expect(strainOf(given, first)?.kind ?? null).toBe(first);
    }),
  );
});
