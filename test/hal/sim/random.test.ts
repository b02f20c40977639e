import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../../hal/sim/random.ts';

function draws(random: Random, count = 8): number[] {
  return Array.from({ length: count }, () => random.nextUint32());
}

describe('seeded random numbers', () => {
  test('are the same for the same seed and path, on every machine', () => {
    // Computed apart, in Python's whole numbers. A change here changes every recorded simulation.
    expect(draws(Random.seeded(1).child('camera'), 4)).toEqual([
      3650673110, 868051864, 2559248059, 1523909749,
    ]);
    fc.assert(
      fc.property(fc.integer(), fc.string(), (seed, name) => {
        expect(draws(Random.seeded(seed).child(name))).toEqual(draws(Random.seeded(seed).child(name)));
      }),
    );
  });

  test('of a child do not depend on how many its parent or another child gave', () => {
    const parent = Random.seeded(5);
    const before = draws(parent.child('a'));
    draws(parent, 100);
    draws(parent.child('b'), 100);
    expect(draws(parent.child('a'))).toEqual(before);
  });

  test('differ from path to path and from seed to seed', () => {
    const seen = new Set<string>();
    const root = Random.seeded(9);
    const streams = [
      ...['', 'a', 'b', 'ab', 'ba', 'a\0', 'camera', 'camerb'].map((name) => root.child(name)),
      root.child('a').child('b'),
      ...Array.from({ length: 2_000 }, (_, i) => root.child(i)),
      ...Array.from({ length: 2_000 }, (_, i) => root.child(i + 0.001)),
      ...Array.from({ length: 100 }, (_, i) => root.child(2 ** 40 + i)),
      ...Array.from({ length: 100 }, (_, i) => Random.seeded(i)),
    ];
    for (const stream of streams) seen.add(draws(stream, 2).join());
    expect(seen.size).toBe(streams.length);
  });

  test('are uniform: every sixteenth of the range is drawn about as often', () => {
    const random = Random.seeded(2);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i++) counts[Math.floor(random.uniform() * 16)]!++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // 15 degrees of freedom: more than 37.7 once in a thousand seeds.
    expect(chiSquare).toBeLessThan(37.7);
  });

  test('are uniform over streams too: the first number of each child', () => {
    const root = Random.seeded(3);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 160_000; i++) counts[root.child(i * 100).nextUint32() >>> 28]!++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(37.7);
  });

  test('of a normal distribution have its mean and deviation', () => {
    const random = Random.seeded(4);
    const values = Array.from({ length: 100_000 }, () => random.normal(10, 2));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(mean).toBeCloseTo(10, 1);
    expect(deviation).toBeCloseTo(2, 1);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});
