import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../../hal/sim/random.ts';
import {
  accuracyByFolds,
  bestThreshold,
  type ComparedPair,
  corners,
  drawFolds,
  operatingPoints,
} from '../../../src/lab/verification/figures.ts';

const pair = (same: boolean, distance: number): ComparedPair => ({ same, distance });
const anyPair = fc.record({
  same: fc.boolean(),
  distance: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(Number.POSITIVE_INFINITY)),
});
const anyPairs = fc.array(anyPair, { minLength: 1, maxLength: 30 });

describe('the best threshold', () => {
  test('lies halfway between the last pair accepted and the first refused', () => {
    expect(bestThreshold([pair(true, 0.1), pair(true, 0.2), pair(false, 0.4)])).toBeCloseTo(0.3, 12);
    expect(bestThreshold([pair(false, 0.4)])).toBeLessThan(0.4);
  });

  test('is as good as any other there is', () => {
    const right = (pairs: readonly ComparedPair[], threshold: number) =>
      pairs.filter(({ same, distance }) => Number.isFinite(distance) && distance <= threshold === same)
        .length;
    fc.assert(
      fc.property(anyPairs, (pairs) => {
        const best = right(pairs, bestThreshold(pairs));
        for (let threshold = -0.5; threshold < 13; threshold += 0.5) {
          expect(right(pairs, threshold)).toBeLessThanOrEqual(best);
        }
      }),
    );
  });
});

describe('accuracy by folds', () => {
  test('takes the threshold of each fold from the others alone', () => {
    // The pairs of fold 0 lie elsewhere than those of fold 1, so the threshold of one is wrong for the other.
    const pairs = [pair(true, 1), pair(false, 3), pair(true, 11), pair(false, 13)];
    const { rate, thresholds, mean } = accuracyByFolds(pairs, [0, 0, 1, 1]);
    expect(thresholds).toEqual([12, 2]);
    expect([rate.count, rate.of, mean]).toEqual([2, 4, 0.5]);
  });

  test('counts a pair without a face as wrong, whichever it is', () => {
    const found = [pair(true, 1), pair(false, 3), pair(true, 1), pair(false, 3)];
    const pairs = [...found, pair(true, Number.POSITIVE_INFINITY), pair(false, Number.POSITIVE_INFINITY)];
    expect(accuracyByFolds(pairs, [0, 0, 1, 1, 0, 1]).rate).toMatchObject({ count: 4, of: 6 });
  });

  test('gives the standard error of the folds', () => {
    // All right, and three of four: the deviation of 1 and 3/4 is 0.177, over the root of 2.
    const second = [pair(true, 1), pair(true, 1), pair(false, 1), pair(false, 3)];
    const pairs = [pair(true, 1), pair(false, 3), ...second];
    const { mean, standardError } = accuracyByFolds(pairs, [0, 0, 1, 1, 1, 1]);
    expect([mean, standardError]).toEqual([0.875, 0.125]);
  });
});

describe('folds by chance', () => {
  test('have as many of both kinds each, and are the same for the same seed', () => {
    const pairs = Array.from({ length: 47 }, (_, i) => ({ same: i % 3 === 0 }));
    const draw = (seed: number) => {
      const random = Random.seeded(seed);
      return drawFolds(pairs, () => random.uniform())!;
    };
    const folds = draw(1);
    expect(draw(1)).toEqual(folds);
    expect(draw(2)).not.toEqual(folds);
    for (let fold = 0; fold < 10; fold++) {
      const own = pairs.filter((_, i) => folds[i] === fold);
      expect(own.filter(({ same }) => same).length).toBeOneOf([1, 2]);
      expect(own.filter(({ same }) => !same).length).toBeOneOf([3, 4]);
    }
  });

  test('are not drawn of fewer than ten pairs of a kind', () => {
    const pairs = Array.from({ length: 30 }, (_, i) => ({ same: i < 9 }));
    expect(drawFolds(pairs, () => 0.5)).toBeUndefined();
  });
});

describe('operating points', () => {
  test('count what every threshold accepts and refuses', () => {
    fc.assert(
      fc.property(anyPairs, (some) => {
        const pairs = [...some, pair(true, 5), pair(false, 6)];
        const points = operatingPoints(pairs);
        const genuine = pairs.filter(({ same }) => same);
        const impostors = pairs.filter(({ same }) => !same);
        for (const { threshold, falseAccept, falseReject } of points.slice(1)) {
          const share = (of: readonly ComparedPair[], condition: (pair: ComparedPair) => boolean) =>
            of.filter(condition).length / of.length;
          expect(falseAccept).toBeCloseTo(
            share(impostors, ({ distance }) => distance <= threshold),
            12,
          );
          expect(falseReject).toBeCloseTo(
            share(genuine, ({ distance }) => distance > threshold),
            12,
          );
        }
        expect(points[0]).toEqual({ threshold: 0, falseAccept: 0, falseReject: 1 });
        expect(corners(points).length).toBeLessThanOrEqual(points.length);
        expect(corners(points).at(-1)).toEqual(points.at(-1)!);
      }),
    );
  });
});
