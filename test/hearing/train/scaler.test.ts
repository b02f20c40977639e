import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitScaler, scaled } from '../../../src/hearing/train/scaler.ts';

test('every feature gets mean 0 and a population deviation of 1', () => {
  const scaler = fitScaler([new Float32Array([1, 10]), new Float32Array([3, 30])]);
  expect([...scaler.mean]).toEqual([2, 20]);
  expect([...scaler.scale]).toEqual([1, 10]);
  expect([...scaled(new Float32Array([3, 10]), scaler)]).toEqual([1, -1]);
});

test('a feature that never changes is left as it is, and becomes 0', () => {
  const constant = 0.1;
  const vectors = Array.from({ length: 999 }, () => new Float32Array([constant, -1131.3709, 0]));
  const scaler = fitScaler(vectors);
  expect([...scaler.scale]).toEqual([1, 1, 1]);
  for (const value of scaled(vectors[0]!, scaler)) expect(Math.abs(value)).toBeLessThan(1e-6);
});

test('whatever it was fitted to has mean 0 and deviation 1 afterwards', () => {
  const value = fc.float({ min: -1e4, max: 1e4, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 50 }), (values) => {
      fc.pre(Math.max(...values) - Math.min(...values) > 1);
      const vectors = values.map((one) => new Float32Array([one]));
      const scaler = fitScaler(vectors);
      const after = vectors.map((vector) => scaled(vector, scaler)[0]!);
      const mean = after.reduce((sum, one) => sum + one, 0) / after.length;
      const variance = after.reduce((sum, one) => sum + (one - mean) ** 2, 0) / after.length;
      // The mean of single-precision numbers up to 1e4 is within 1e-3 of the true one.
      expect(Math.abs(mean)).toBeLessThan(2e-2);
      expect(variance).toBeCloseTo(1, 1);
    }),
  );
});
