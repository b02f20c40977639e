import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { QuadTree } from '../../../src/lab/projection/quadtree.ts';

const points = fc
  .array(
    fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -50, max: 50, noNaN: true })),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  .map((pairs) => Float64Array.from(pairs.flat()));

/** Over all pairs, as the definition says. */
function exact(places: Float64Array, i: number): { total: number; x: number; y: number } {
  const sum = { total: 0, x: 0, y: 0 };
  for (let j = 0; j < places.length; j += 2) {
    const dx = places[2 * i]! - places[j]!;
    const dy = places[2 * i + 1]! - places[j + 1]!;
    const q = 1 / (1 + dx * dx + dy * dy);
    sum.total += q;
    sum.x += q * q * dx;
    sum.y += q * q * dy;
  }
  return sum;
}

test('a tree that joins nothing gives the exact sums, also of points in one place', () => {
  fc.assert(
    fc.property(points, (places) => {
      const tree = new QuadTree(places.length / 2, 0);
      tree.build(places);
      const force = new Float64Array(2);
      const total = tree.repulsion(places[0]!, places[1]!, force, 0);
      const { total: expected, x, y } = exact(places, 0);
      expect(total).toBeCloseTo(expected, 6);
      expect(force[0]).toBeCloseTo(x, 6);
      expect(force[1]).toBeCloseTo(y, 6);
    }),
  );
});

test('with the usual theta the sum is within 3 % of the exact one', () => {
  const places = Float64Array.from({ length: 800 }, (_, i) => Math.sin(i * i) * (10 + (i % 7)));
  const tree = new QuadTree(400, 0.5);
  tree.build(places);
  for (let i = 0; i < 400; i += 40) {
    const total = tree.repulsion(places[2 * i]!, places[2 * i + 1]!, new Float64Array(2), 0);
    expect(Math.abs(total / exact(places, i).total - 1)).toBeLessThan(0.03);
  }
});
