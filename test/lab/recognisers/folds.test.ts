import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../../hal/sim/random.ts';
import { drawFolds } from '../../../src/lab/recognisers/folds.ts';

/** People with so many pictures each, the pictures numbered through. */
function peopleWith(counts: readonly number[]): number[][] {
  let next = 0;
  return counts.map((count) => Array.from({ length: count }, () => next++));
}

function draw(people: readonly (readonly number[])[], each: number, seed: number) {
  const random = Random.seeded(seed);
  return drawFolds(people, each, () => random.uniform());
}

const anyCounts = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 1, maxLength: 12 });
const anyEach = fc.constantFrom(1, 2, 5, 10);

test('a picture is tried once at most, never in a fold that learnt from it, and as who it is', () => {
  fc.assert(
    fc.property(anyCounts, anyEach, fc.nat(), (counts, each, seed) => {
      const people = peopleWith(counts);
      const folds = draw(people, each, seed);
      const enough = counts.filter((count) => count > each).length;
      expect(folds === undefined).toBe(enough < 3);
      if (folds === undefined) return;
      const tried = folds.flatMap(({ known, strangers }) => [...known, ...strangers]);
      expect(new Set(tried).size).toBe(tried.length);
      for (const { enrolled, known, strangers } of folds) {
        const learnt = enrolled.flatMap(({ pictures }) => pictures);
        const enrolledPictures = enrolled.flatMap(({ person }) => people[person]!);
        expect(enrolled.length).toBeGreaterThanOrEqual(2);
        expect(enrolled.every(({ pictures }) => pictures.length === each)).toBe(true);
        expect(known.every((one) => enrolledPictures.includes(one) && !learnt.includes(one))).toBe(true);
        expect(strangers.some((one) => enrolledPictures.includes(one))).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});

test('those with too few pictures are strangers, all of theirs, and everybody is a stranger once', () => {
  const people = peopleWith([6, 6, 6, 6, 6, 2, 1]);
  const folds = draw(people, 3, 1)!;
  const strangers = folds.flatMap((fold) => fold.strangers);
  for (const picture of [...people[5]!, ...people[6]!]) expect(strangers).toContain(picture);
  for (const person of [0, 1, 2, 3, 4]) {
    expect(folds.filter(({ enrolled }) => enrolled.every((one) => one.person !== person)).length).toBe(1);
  }
});

test('the same seed gives the same folds, and another one others', () => {
  const people = peopleWith([7, 7, 7, 7]);
  expect(draw(people, 2, 5)).toEqual(draw(people, 2, 5));
  expect(draw(people, 2, 5)).not.toEqual(draw(people, 2, 6));
});
