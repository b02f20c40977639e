import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { rateOf } from '../../src/decide/rate.ts';

describe('the interval of a proportion', () => {
  // R. G. Newcombe, Statistics in Medicine 17, 1998, 857-872, table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %d in %d is the published one', (count, of, low, high) => {
    const rate = rateOf(count, of);
    expect(rate.low).toBeCloseTo(low, 4);
    expect(rate.high).toBeCloseTo(high, 4);
  });

  test('holds the share, and mirrors when what is counted is the opposite', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (of, part) => {
          const count = Math.round(of * part);
          const rate = rateOf(count, of);
          const opposite = rateOf(of - count, of);
          expect(rate.low).toBeLessThanOrEqual(count / of);
          expect(rate.high).toBeGreaterThanOrEqual(count / of);
          expect(rate.low).toBeCloseTo(1 - opposite.high, 12);
        },
      ),
    );
  });

  test('knows nothing where nothing was counted', () => {
    expect(rateOf(0, 0)).toEqual({ count: 0, of: 0, low: 0, high: 1 });
  });
});
