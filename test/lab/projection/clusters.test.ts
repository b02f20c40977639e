import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { groupsOf, silhouette } from '../../../src/lab/projection/clusters.ts';
import { distancesOf, nearestNeighbours } from '../../../src/lab/projection/distances.ts';

const onLine = (...values: number[]) => distancesOf(values.map((value) => [value]));

test('the silhouette of points on a line is what the formula gives by hand', () => {
  // a: 1 within and 9.5 or 8.5 to the others; b: the same from the other side.
  const expected = ((9.5 - 1) / 9.5 + (8.5 - 1) / 8.5) / 2;
  expect(silhouette(onLine(0, 1, 9, 10), ['a', 'a', 'b', 'b'])).toBeCloseTo(expected, 6);
  expect(silhouette(onLine(0, 1, 9), ['a', 'a', 'b'])).toBeCloseTo((8 / 9 + 7 / 8 + 0) / 3, 6);
  expect(silhouette(onLine(0, 1), ['a', 'a'])).toBeNaN();
});

test('points that lie in three heaps are three groups, and too few points are none', () => {
  expect(groupsOf(onLine(0, 0.1, 0.2, 5, 5.1, 5.2, 20, 20.1, 20.2))?.groups).toBe(3);
  expect(groupsOf(onLine(1, 2, 3))).toBeUndefined();
});

test('the silhouette of the groups that are found is that of the same labels', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 4, maxLength: 25 }),
      (values) => {
        const found = groupsOf(onLine(...values))!;
        expect(found.groups).toBeGreaterThanOrEqual(2);
        expect(found.groups).toBeLessThanOrEqual(values.length / 2);
        expect(found.silhouette).toBeGreaterThanOrEqual(-1);
        expect(found.silhouette).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 50 },
  );
});

test('neighbours come nearest first, never with oneself', () => {
  expect(nearestNeighbours(onLine(0, 3, 1), 2).map((row) => [...row])).toEqual([
    [2, 1],
    [2, 0],
    [0, 1],
  ]);
});
