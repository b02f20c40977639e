import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../hal/sim/random.ts';
import {
  equalErrorInterval,
  equalErrorRate,
  falseRejectInterval,
  falseRejectRate,
  shuffled,
  type Trial,
  thresholdFor,
} from '../../src/lab/statistics.ts';

function trials(genuine: readonly number[], impostors: readonly number[]): Trial[] {
  return [
    ...genuine.map((score) => ({ score, claimed: 'a', spokenBy: 'a' })),
    ...impostors.map((score) => ({ score, claimed: 'a', spokenBy: 'b' })),
  ];
}

const scores = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 });

describe('the false reject rate at a false accept rate', () => {
  const genuine = [0.4, 0.6, 0.7, 0.8, 0.9];
  const impostors = [0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.65, 0.2, 0.3, 0.75];

  test('is what the least threshold refuses that lets no larger share of the impostors pass', () => {
    expect(falseRejectRate(trials(genuine, impostors), 0)).toBeCloseTo(3 / 5, 12);
    expect(falseRejectRate(trials(genuine, impostors), 0.1)).toBeCloseTo(2 / 5, 12);
    // Two impostors at one score pass together or not at all.
    expect(falseRejectRate(trials(genuine, impostors), 0.2)).toBeCloseTo(2 / 5, 12);
    expect(falseRejectRate(trials(genuine, impostors), 0.3)).toBeCloseTo(1 / 5, 12);
    expect(falseRejectRate(trials(genuine, impostors), 1)).toBe(0);
  });

  test('counts what could not be compared as refused', () => {
    expect(falseRejectRate(trials([0.9, Number.NEGATIVE_INFINITY], [0.1]), 1)).toBe(0.5);
  });

  test('lies in its interval', () => {
    const random = Random.seeded(3);
    const people = ['a', 'b', 'c', 'd', 'e', 'f'];
    const mixed = people.flatMap((claimed) =>
      people.flatMap((spokenBy) =>
        [0, 1, 2].map(() => ({
          ...{ claimed, spokenBy },
          score: random.uniform() + (claimed === spokenBy ? 0.6 : 0),
        })),
      ),
    );
    const { low, high } = falseRejectInterval(mixed, 0.1, () => random.uniform());
    const rate = falseRejectRate(mixed, 0.1);
    expect(low).toBeLessThan(rate);
    expect(high).toBeGreaterThan(rate);
  });
});

describe('the equal error rate', () => {
  test('is 0 when every genuine score is above every impostor, 1 when all are below, and half for equal ones', () => {
    expect(equalErrorRate(trials([0.8, 0.9], [0.1, 0.7]))).toBe(0);
    expect(equalErrorRate(trials([0.1, 0.2], [0.8, 0.9]))).toBe(1);
    expect(equalErrorRate(trials([0.5, 0.5], [0.5, 0.5, 0.5]))).toBe(0.5);
  });

  test('is where as large a share is refused as accepted', () => {
    // Between 0.45 and 0.5, 1 of 10 genuine trials is refused and 2 of 20 impostors are accepted.
    const genuine = [0.4, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9, 0.9, 0.9];
    const impostors = [...Array.from({ length: 18 }, (_, i) => 0.02 * i), 0.5, 0.55];
    expect(equalErrorRate(trials(genuine, impostors))).toBeCloseTo(0.1, 12);
  });

  test('is interpolated where no threshold makes the two equal', () => {
    // The threshold passes 0.5: refused 0 to 1/2, accepted 1/3 to 1/3.
    expect(equalErrorRate(trials([0.5, 0.9], [0.1, 0.2, 0.7]))).toBeCloseTo(1 / 3, 12);
    // Both at one score: refused 0 to 1/2, accepted 1 to 0.
    expect(equalErrorRate(trials([0.5, 0.9], [0.5]))).toBeCloseTo(1 / 3, 12);
  });

  test('is not a number without one kind of trial', () => {
    expect(equalErrorRate(trials([0.5], []))).toBeNaN();
    expect(equalErrorRate(trials([], [0.5]))).toBeNaN();
  });

  test('does not change when the scores are stretched, nor when both kinds are turned round', () => {
    fc.assert(
      fc.property(scores, scores, (genuine, impostors) => {
        const rate = equalErrorRate(trials(genuine, impostors));
        expect(rate).toBeWithin(0, 1 + 1e-12);
        const stretched = (score: number) => Math.exp(score / 3);
        expect(equalErrorRate(trials(genuine.map(stretched), impostors.map(stretched)))).toBe(rate);
        const turned = trials(
          impostors.map((score) => -score),
          genuine.map((score) => -score),
        );
        expect(equalErrorRate(turned)).toBeCloseTo(rate, 12);
      }),
    );
  });

  test('counts a trial of weight 2 as two trials', () => {
    fc.assert(
      fc.property(scores, scores, (genuine, impostors) => {
        const once = trials(genuine, impostors);
        const twice = [...once, ...once.filter(({ score }) => score % 2 === 0)];
        expect(equalErrorRate(once, ({ score }) => (score % 2 === 0 ? 2 : 1))).toBeCloseTo(
          equalErrorRate(twice),
          12,
        );
      }),
    );
  });
});

describe('the interval of the equal error rate', () => {
  const people = ['a', 'b', 'c', 'd'];
  /** Speaker d alone is hard: half of their own trials are below the impostors. */
  const hard = people.flatMap((claimed) =>
    [...people, 'x', 'y'].flatMap((spokenBy) =>
      [0, 1, 2, 3].map((i): Trial => {
        const genuine = claimed === spokenBy;
        const missed = genuine && claimed === 'd' && i < 2;
        return { claimed, spokenBy, score: missed ? 0.1 : genuine ? 0.9 : 0.2 + 0.1 * i };
      }),
    ),
  );

  test('is as wide as the people differ, whatever the number of their trials', () => {
    const narrow = equalErrorInterval(hard, randomFrom(1));
    const same = equalErrorInterval([...hard, ...hard, ...hard], randomFrom(1));
    const rate = equalErrorRate(hard);
    expect(narrow.low).toBe(0); // nearly a third of the draws are without d
    expect(narrow.high).toBeGreaterThan(rate);
    expect(same.low).toBeCloseTo(narrow.low, 12);
    expect(same.high).toBeCloseTo(narrow.high, 12);
  });

  test('is the same for the same seed', () => {
    expect(equalErrorInterval(hard, randomFrom(7))).toEqual(equalErrorInterval(hard, randomFrom(7)));
  });
});

describe('a threshold for a false accept rate', () => {
  test('lets at most that share pass, and the next lower score would let more', () => {
    fc.assert(
      fc.property(scores, fc.double({ min: 0, max: 0.99, noNaN: true }), (values, rate) => {
        const threshold = thresholdFor(rate, values);
        const passing = values.filter((score) => score > threshold).length;
        expect(passing).toBeLessThanOrEqual(rate * values.length);
        expect(values.filter((score) => score >= threshold).length).toBeGreaterThan(rate * values.length);
      }),
    );
  });

  test('lets everything pass where there is nothing to keep out', () => {
    expect(thresholdFor(0.01, [])).toBe(Number.NEGATIVE_INFINITY);
  });
});

test('shuffling keeps every item, and each comes first as often as any other', () => {
  const random = randomFrom(3);
  const firsts = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const order = shuffled([0, 1, 2, 3], random);
    expect(order.toSorted()).toEqual([0, 1, 2, 3]);
    firsts[order[0]!]!++;
  }
  for (const count of firsts) expect(count).toBeWithin(880, 1120);
});

/** Numbers from 0 to below 1, the same for the same seed: a 32-bit linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
