import { describe, expect, test } from 'bun:test';
import {
  type AnsweredFold,
  closedSet,
  namingBy,
  namingByFitted,
} from '../../../src/lab/recognisers/figures.ts';

const answer = (person: number, distance: number, gap = 1) => ({ person, distance, gap });
const fold = (strangers: readonly number[]): AnsweredFold => ({
  known: [
    { ...answer(0, 0.1), is: 0 },
    { ...answer(1, 0.2, 0.01), is: 1 },
    { ...answer(0, 0.3), is: 1 },
    { ...answer(0, 0.9), is: 0 },
  ],
  strangers: strangers.map((distance) => answer(0, distance)),
});

describe('what comes of naming faces', () => {
  test('in a closed set the nearest counts, however far', () => {
    expect(closedSet([fold([])])).toMatchObject({ count: 3, of: 4 });
  });

  test('at a threshold counts right and wrong names, and strangers that get one', () => {
    const { namedRightly, namedWrongly, strangersNamed } = namingBy({ threshold: 0.4, margin: 0 }, [
      fold([0.35, 0.4, 0.5]),
    ]);
    expect(namedRightly).toMatchObject({ count: 2, of: 4 });
    expect(namedWrongly).toMatchObject({ count: 1, of: 4 });
    expect(strangersNamed).toMatchObject({ count: 1, of: 3 });
  });

  test('a margin leaves those unnamed who are nearly somebody else', () => {
    expect(namingBy({ threshold: 0.4, margin: 0.03 }, [fold([])]).namedRightly.count).toBe(1);
  });

  test('a fitted threshold comes from the strangers of the other folds alone', () => {
    const fitted = namingByFitted([fold([0.15]), fold([0.25])])!;
    expect(fitted.thresholds).toEqual([0.25, 0.15]);
    expect(fitted.strangersNamed).toMatchObject({ count: 1, of: 2 });
    expect(fitted.namedRightly).toMatchObject({ count: 3, of: 8 });
  });

  test('nothing is fitted where the other folds have no strangers', () => {
    expect(namingByFitted([fold([0.1]), fold([])])).toBeUndefined();
  });
});
