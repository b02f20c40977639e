import { expect, test } from 'bun:test';
import { Random } from '../../../hal/sim/random.ts';
import type { FacePicture } from '../../../src/lab/faces.ts';
import { disturbances } from '../../../src/lab/robustness/disturbances.ts';
import {
  breakingLevel,
  levelFigures,
  type Outcome,
  quartilesOf,
} from '../../../src/lab/robustness/figures.ts';
import {
  gaussian,
  localVariance,
  pepper,
  poisson,
  salt,
  saltAndPepper,
  speckle,
} from '../../../src/lab/robustness/noise.ts';
import { generatedFace } from '../drawn/generated-face.ts';

const grey = new Uint8Array(60_000).fill(128);

/** Of what a noise did to middle grey, of 0 to 1. */
function momentsOf(pixels: Uint8Array): { mean: number; deviation: number; black: number; white: number } {
  const mean = pixels.reduce((sum, value) => sum + value / 255, 0) / pixels.length;
  const variance = pixels.reduce((sum, value) => sum + (value / 255 - mean) ** 2, 0) / pixels.length;
  const share = (wanted: number) => pixels.filter((value) => value === wanted).length / pixels.length;
  return { mean, deviation: Math.sqrt(variance), black: share(0), white: share(255) };
}

test('each of the seven noises has the strength that its level says', () => {
  const middle = 128 / 255;
  const of = (noise: typeof gaussian, level: number) => momentsOf(noise(grey, level, Random.seeded(5)));
  expect(of(gaussian, 0.1).deviation).toBeCloseTo(0.1, 2);
  expect(of(localVariance, 0.1).deviation).toBeCloseTo(0.1, 2);
  expect(of(poisson, 100).deviation).toBeCloseTo(Math.sqrt(middle / 100), 2);
  expect(of(poisson, 10).deviation).toBeCloseTo(Math.sqrt(middle / 10), 1);
  expect(of(speckle, 0.2).deviation).toBeCloseTo(0.2 * middle, 2);
  for (const noise of [gaussian, localVariance, poisson, speckle] as const) {
    expect(of(noise, noise === poisson ? 100 : 0.1).mean).toBeCloseTo(middle, 2);
  }
  expect(of(salt, 0.1).white).toBeCloseTo(0.1, 2);
  expect(of(salt, 0.1).black).toBe(0);
  expect(of(pepper, 0.1).black).toBeCloseTo(0.1, 2);
  const both = of(saltAndPepper, 0.2);
  expect([both.black, both.white].map((share) => Number(share.toFixed(1)))).toEqual([0.1, 0.1]);
});

test('noise of local variance is stronger in the dark', () => {
  const dark = momentsOf(localVariance(new Uint8Array(30_000).fill(70), 0.05, Random.seeded(1)));
  const light = momentsOf(localVariance(new Uint8Array(30_000).fill(200), 0.05, Random.seeded(1)));
  expect(dark.deviation).toBeGreaterThan(1.5 * light.deviation);
});

const { picture, landmarks } = generatedFace(160);
const face: FacePicture = {
  ...{ picture, landmarks },
  box: { x: 40, y: 50, width: 80, height: 80 },
  eyeDistancePx: 40,
};

test('every disturbance at every level gives a picture with the face in it, the same one for one seed', async () => {
  for (const { id, levels, disturb } of disturbances) {
    for (const level of [levels[0]!, levels.at(-1)!]) {
      const disturbed = await disturb(face, level, Random.seeded(1));
      const { pixels, widthPx, heightPx } = disturbed.picture;
      expect([id, pixels.length]).toEqual([id, widthPx * heightPx * 3]);
      expect(disturbed.middle[0]).toBeGreaterThan(0);
      expect(disturbed.middle[0]).toBeLessThan(widthPx);
      expect(disturbed.middle[1]).toBeLessThan(heightPx);
      const again = await disturb(face, level, Random.seeded(1));
      expect(Buffer.from(again.picture.pixels).equals(pixels)).toBe(true);
    }
  }
});

test('the face of a turned picture is where it was turned to', async () => {
  const marked = picture.pixels.slice();
  // A white mark in the middle of the face, which lies off the picture's middle.
  const off: FacePicture = { ...face, box: { x: 90, y: 10, width: 40, height: 40 } };
  for (let y = 28; y < 33; y++)
    for (let x = 108; x < 113; x++) marked.fill(255, (y * 160 + x) * 3, (y * 160 + x) * 3 + 3);
  const rotation = disturbances.find(({ id }) => id === 'rotation')!;
  for (const angle of [20, 60, 90]) {
    const turned = await rotation.disturb(
      { ...off, picture: { ...picture, pixels: marked } },
      angle,
      Random.seeded(1),
    );
    const [x, y] = turned.middle.map(Math.round);
    expect(turned.picture.pixels[(y! * turned.picture.widthPx + x!) * 3]).toBeGreaterThan(220);
  }
});

const outcome = (distance: number | null, named: Outcome['named']): Outcome => ({ distance, named });

test('a level counts what was found, recognised and named wrongly, and has the middle half of the distances', () => {
  const figures = levelFigures(3, [
    outcome(0.1, 'rightly'),
    outcome(0.2, 'rightly'),
    outcome(0.3, 'wrongly'),
    outcome(0.5, 'nobody'),
    outcome(null, 'nobody'),
  ]);
  expect([figures.found.count, figures.recognised.count, figures.namedWrongly.count]).toEqual([4, 2, 1]);
  expect(figures.distance).toEqual({
    low: expect.closeTo(0.175),
    median: expect.closeTo(0.25),
    high: expect.closeTo(0.35),
  });
  expect(quartilesOf([7])).toEqual({ low: 7, median: 7, high: 7 });
  expect(levelFigures(1, [outcome(null, 'nobody')]).distance).toBeNull();
});

test('recognition breaks at the first level under one half, and never at the pictures as they were', () => {
  const at = (level: number | null, right: number) =>
    levelFigures(
      level,
      Array.from({ length: 4 }, (_, i) => outcome(0.1, i < right ? 'rightly' : 'nobody')),
    );
  expect(breakingLevel([at(null, 0), at(1, 4), at(2, 2), at(3, 1), at(4, 3)])).toBe(3);
  expect(breakingLevel([at(null, 4), at(1, 2)])).toBeUndefined();
});
