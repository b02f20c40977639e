import type { Random } from '../../../hal/sim/random.ts';

/**
 * The seven noises that the Python program's experiments used, on levels of 0 to 1 as in scikit-image's `random_noise`.
 * Each gives new pixels; levels beyond black and white are cut off.
 */
export type Noise = (pixels: Uint8Array, level: number, random: Random) => Uint8Array;

function changed(pixels: Uint8Array, change: (value: number) => number): Uint8Array {
  const result = new Uint8Array(pixels.length);
  // A function for each value: a loop in a function that is called once would stay slow.
  for (let i = 0; i < pixels.length; i++) {
    result[i] = Math.round(255 * Math.max(0, Math.min(1, change(pixels[i]! / 255))));
  }
  return result;
}

/** The same noise everywhere: `level` is its standard deviation. */
export const gaussian: Noise = (pixels, level, random) =>
  changed(pixels, (value) => value + random.normal(0, level));

/**
 * Noise whose variance differs from place to place: here it is stronger the darker the place, as when a camera brightens
 * shadows. `level` is the standard deviation in middle grey.
 */
export const localVariance: Noise = (pixels, level, random) =>
  changed(pixels, (value) => value + random.normal(0, level * Math.sqrt(2 * (1 - value))));

/** Light comes in grains: `level` is how many make white. */
export const poisson: Noise = (pixels, level, random) =>
  changed(pixels, (value) => grains(value * level, random) / level);

/** A share `level` of the values becomes white. */
export const salt: Noise = (pixels, level, random) =>
  changed(pixels, (value) => (random.uniform() < level ? 1 : value));

/** A share `level` of the values becomes black. */
export const pepper: Noise = (pixels, level, random) =>
  changed(pixels, (value) => (random.uniform() < level ? 0 : value));

/** A share `level` of the values becomes white or black. */
export const saltAndPepper: Noise = (pixels, level, random) =>
  changed(pixels, (value) => (random.uniform() < level ? (random.uniform() < 0.5 ? 1 : 0) : value));

/** Noise in proportion to the light: `level` is the standard deviation of its factor. */
export const speckle: Noise = (pixels, level, random) =>
  changed(pixels, (value) => value * (1 + random.normal(0, level)));

/** Above this the normal distribution is as good. */
const countedUpTo = 30;

/** A number of Poisson's distribution (D. E. Knuth, The Art of Computer Programming 2, 3.4.1). */
function grains(mean: number, random: Random): number {
  if (mean > countedUpTo) return Math.max(0, Math.round(random.normal(mean, Math.sqrt(mean))));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > limit; product *= random.uniform()) count++;
  return count;
}
