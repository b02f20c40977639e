import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../../hal/sim/random.ts';
import { faceLine, nothingCalibrated } from '../../../src/decide/calibration.ts';
import {
  type CalibrationInput,
  calibrateFaces as calibrateBy,
  type OwnedFace,
} from '../../../src/lab/calibrate/faces.ts';

const limits = { threshold: 0.125, margin: 0.03 };
const modelLine = faceLine(nothingCalibrated, 'pipeline', limits.threshold);
const calibrateFaces = (input: Omit<CalibrationInput, 'modelLine'>) => calibrateBy({ ...input, modelLine });
const length = 32;

function unit(values: readonly number[]): Float32Array {
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

/** Faces of people somewhere on the sphere, each picture a little away from the person. */
function crowd(seed: number, people: number, pictures: number, spread: number): OwnedFace[] {
  const random = Random.seeded(seed);
  const gauss = () => random.uniform() + random.uniform() + random.uniform() - 1.5;
  return Array.from({ length: people }, (_, person) => {
    const centre = Array.from({ length }, gauss);
    return Array.from({ length: pictures }, () => ({
      person: `p_${seed}_${person}`,
      embedding: unit(centre.map((value) => value + spread * gauss())),
    }));
  }).flat();
}

describe('strangers', () => {
  test('far from everybody: none is let in, and how little few of them say is said', () => {
    const enrolled = crowd(1, 5, 4, 0.1);
    const few = calibrateFaces({ enrolled, strangers: crowd(2, 45, 1, 0), limits, wantedRate: 0.01 });
    // The five who are enrolled are strangers to each other, too.
    expect(few.now.falseAccepts).toMatchObject({ count: 0, of: 50, low: 0 });
    expect(few.now.falseAccepts.high).toBeCloseTo(0.0713, 3);
    expect([few.shown, few.strangersNeeded]).toEqual([false, 300]);
    const many = calibrateFaces({ enrolled, strangers: crowd(2, 295, 1, 0), limits, wantedRate: 0.01 });
    expect(many.shown).toBe(true);
    expect(many.suggested).toMatchObject(limits);
  });

  test('as near as the enrolled themselves: the suggested threshold keeps them out', () => {
    const enrolled = crowd(1, 5, 4, 0.1);
    const lookalike = enrolled[0]!.embedding;
    const strangers = [
      ...crowd(2, 20, 1, 0),
      { person: 'twin', embedding: unit([...lookalike].map((value, i) => value + (i === 0 ? 0.02 : 0))) },
    ];
    const { now, suggested, shown } = calibrateFaces({ enrolled, strangers, limits, wantedRate: 0.01 });
    expect(now.falseAccepts.count).toBe(1);
    expect(suggested.threshold).toBeLessThan(now.threshold);
    expect(suggested.falseAccepts.count).toBe(0);
    expect(shown).toBe(false);
  });

  test('count once, however many pictures there are of them', () => {
    const enrolled = crowd(1, 3, 4, 0.1);
    const twin = enrolled[0]!.embedding;
    const strangers = Array.from({ length: 9 }, () => ({ person: 'twin', embedding: twin }));
    const { now } = calibrateFaces({ enrolled, strangers, limits, wantedRate: 0.01 });
    expect(now.falseAccepts).toMatchObject({ count: 1, of: 4 });
  });
});

describe('the enrolled', () => {
  test('who look alike are named, and a larger margin leaves unnamed who would be somebody else', () => {
    const one = crowd(1, 1, 6, 0.12);
    const other = one.map(({ embedding }, i) => ({
      person: 'other',
      embedding: unit([...embedding].map((value, k) => value + (k === i ? 0.1 : 0))),
    }));
    const { confusable, now, suggested } = calibrateFaces({
      enrolled: [...one, ...other],
      strangers: [],
      limits: { threshold: 0.125, margin: 0 },
      wantedRate: 0.5,
    });
    expect(confusable.map(({ person, other: second }) => [person, second])).toEqual([['p_1_0', 'other']]);
    expect(now.confused.count).toBeGreaterThan(0);
    expect(suggested.margin).toBeGreaterThan(0);
    expect(suggested.confused.count).toBe(0);
  });

  test('with few pictures are named, and with one say nothing of how often they are not known', () => {
    const enrolled = [...crowd(1, 1, 3, 0.1), ...crowd(2, 1, 1, 0.1)];
    const { thin, now, line } = calibrateFaces({ enrolled, strangers: [], limits, wantedRate: 0.1 });
    expect(thin).toEqual(['p_2_0']);
    expect(now.falseRejects.of).toBe(3);
    expect(line?.mostBans).toBeLessThan(0.2);
  });

  test('nobody: everything is unknown, nothing fails', () => {
    const { now, byPeople, line } = calibrateFaces({
      enrolled: [],
      strangers: crowd(1, 3, 1, 0),
      limits,
      wantedRate: 0.1,
    });
    expect([now.falseRejects.of, now.falseAccepts.count, line]).toEqual([0, 0, null]);
    expect(byPeople[0]?.falseAccepts).toBeNaN();
  });
});

test('the line falls with the distance, is even between own faces and strangers’, and says no more than was compared', () => {
  const enrolled = crowd(1, 6, 4, 0.15);
  const strangers = crowd(2, 100, 1, 0);
  const { line } = calibrateFaces({ enrolled, strangers, limits, wantedRate: 0.01 });
  expect(line?.bansPerUnit).toBeLessThan(0);
  expect(line?.evenAt).toBeGreaterThan(0.02);
  expect(line?.evenAt).toBeLessThan(1.5);
  expect(line?.mostBans).toBeCloseTo(Math.log10((106 * 6) / 3), 6);
  expect(line?.leastBans).toBeCloseTo(-Math.log10(24 / 3), 6);
});

test('whatever the pictures, the suggestion is never wider than the limits in force and lets in no more than wanted', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.integer({ min: 1, max: 10_000 }),
        people: fc.integer({ min: 1, max: 5 }),
        pictures: fc.integer({ min: 1, max: 4 }),
        strangers: fc.integer({ min: 0, max: 12 }),
        spread: fc.double({ min: 0, max: 1.2, noNaN: true }),
        threshold: fc.double({ min: 0.01, max: 2.5, noNaN: true }),
        margin: fc.double({ min: 0, max: 0.3, noNaN: true }),
        wantedRate: fc.double({ min: 0.001, max: 0.5, noNaN: true }),
      }),
      ({ seed, people, pictures, strangers, spread, threshold, margin, wantedRate }) => {
        const { now, suggested } = calibrateFaces({
          enrolled: crowd(seed, people, pictures, spread),
          strangers: crowd(seed + 20_000, strangers, 2, spread),
          limits: { threshold, margin },
          wantedRate,
        });
        expect(suggested.threshold).toBeLessThanOrEqual(now.threshold);
        expect(suggested.margin).toBeGreaterThanOrEqual(now.margin);
        expect(suggested.falseAccepts.count).toBeLessThanOrEqual(wantedRate * suggested.falseAccepts.of);
        expect(suggested.confused.count).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});
