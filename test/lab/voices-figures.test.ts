import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../hal/sim/random.ts';
import {
  among,
  closedSetAccuracy,
  nameAt,
  nameAtFitted,
  noScore,
  type ScoredPiece,
  type ScoredSpeech,
  verify,
} from '../../src/lab/voices-figures.ts';

const piece = (spokenBy: string, ...scores: number[]): ScoredPiece => ({ spokenBy, scores });

const scored: ScoredSpeech = {
  speakers: ['ann', 'bob'],
  ofSpeakers: [
    piece('ann', 0.9, 0.5),
    piece('ann', 0.88, 0.85), // too near to bob
    piece('bob', 0.3, 0.7), // too low
    piece('bob', 0.95, 0.6), // taken for ann
  ],
  ofStrangers: [piece('x', 0.86, 0.2), piece('x', 0.5, 0.4), piece('y', 0.9, 0.89), piece('z', 0.1, 0.2)],
};

describe('naming', () => {
  test('wants the threshold and the margin, and counts the wrong names apart', () => {
    const naming = nameAt(scored, { threshold: 0.86, margin: 0.05 });
    expect(naming.namedRightly).toMatchObject({ count: 1, of: 4 });
    expect(naming.namedWrongly).toMatchObject({ count: 1, of: 4 });
    expect(naming.strangerPieces).toMatchObject({ count: 1, of: 4 });
  });

  test('counts a stranger once, however many pieces of theirs are named', () => {
    const twice = { ...scored, ofStrangers: [...scored.ofStrangers, piece('x', 0.99, 0.1)] };
    const naming = nameAt(twice, { threshold: 0.86, margin: 0.05 });
    expect(naming.strangerPieces).toMatchObject({ count: 2, of: 5 });
    expect(naming.strangers).toMatchObject({ count: 1, of: 3 });
  });

  test('has only the threshold where one person is enrolled', () => {
    const ann = among(scored, (person) => person !== 'bob');
    expect(ann.speakers).toEqual(['ann']);
    expect(ann.ofSpeakers).toEqual([piece('ann', 0.9), piece('ann', 0.88)]);
    expect(nameAt(ann, { threshold: 0.86, margin: 0.05 }).strangerPieces).toMatchObject({ count: 2, of: 4 });
  });

  test('in a closed set takes the best score, however low', () => {
    expect(closedSetAccuracy(scored)).toMatchObject({ count: 3, of: 4 });
  });
});

test('a piece that cannot be compared is nobody, and counts where names are counted', () => {
  const silent = { ...scored, ofSpeakers: [...scored.ofSpeakers, piece('ann', noScore, noScore)] };
  expect(closedSetAccuracy(silent)).toEqual(closedSetAccuracy(scored));
  expect(nameAt(silent, { threshold: 0.1, margin: 0 }).namedRightly).toMatchObject({ of: 5 });
  expect(nameAt(silent, { threshold: -1, margin: 0 })).toMatchObject({
    namedRightly: { count: 3 },
    namedWrongly: { count: 1 },
  });
});

describe('a fitted threshold', () => {
  const half = (own: number, strangers: readonly number[]): ScoredSpeech => ({
    speakers: ['a'],
    ofSpeakers: [piece('a', own)],
    ofStrangers: strangers.map((score, i) => piece(`x${i}`, score)),
  });

  test('comes from the other half of the people', () => {
    const naming = nameAtFitted([half(0.8, [0.1, 0.7]), half(0.75, [0.2, 0.9])], 0, 0);
    expect(naming.thresholds).toEqual([0.7, 0.9]);
    // 0.9 fitted on the second refuses the first's own 0.8; 0.7 fitted on the first lets one stranger of the second in.
    expect(naming.namedRightly).toMatchObject({ count: 1, of: 2 });
    expect(naming.strangerPieces).toMatchObject({ count: 1, of: 4 });
  });

  test('does not move with the half it is tried on', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const some = fc.array(share, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(some, some, some, share, (first, second, other, own) => {
        const [threshold] = nameAtFitted([half(own, first), half(own, second)], 0, 0.1).thresholds;
        expect(nameAtFitted([half(own, first), half(own, other)], 0, 0.1).thresholds[0]).toBe(threshold);
      }),
    );
  });

  test('lets nobody in where strangers score as high as can be', () => {
    const naming = nameAtFitted([half(1, [1, 1]), half(1, [1, 1])], 0, 0.01);
    expect(naming.strangerPieces.count).toBe(0);
    expect(naming.namedRightly.count).toBe(0);
  });
});

test('every piece is compared with every enrolled speaker', () => {
  const random = Random.seeded(1);
  const result = verify([scored], () => random.uniform());
  expect(result).toMatchObject({ genuineTrials: 4, impostorTrials: 12 });
  expect(result.low).toBeLessThanOrEqual(result.equalErrorRate);
  expect(result.high).toBeGreaterThanOrEqual(result.equalErrorRate);
});
