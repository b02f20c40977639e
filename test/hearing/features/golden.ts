import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sound } from '../../../hal/contract/sound.ts';
import { readGoldenWav } from '../wav.ts';

const numbers = z.array(z.number());
const byIndex = z.record(z.string(), z.number());

const goldenSchema = z.object({
  clip: z.string(),
  resampled_length: z.number(),
  frames: z.number(),
  resampled_sum_of_squares: z.number(),
  resampled_samples: byIndex,
  tuning_chroma_12: z.number(),
  tuning_cqt_36: z.number(),
  harmonic_sum_of_squares: z.number(),
  means: z.object({
    mfcc: numbers,
    chroma_stft: numbers,
    mel: numbers,
    contrast: numbers,
    tonnetz: numbers,
  }),
});

export interface GoldenClip {
  readonly golden: z.infer<typeof goldenSchema>;
  readonly sound: Sound;
}

/** A clip, and what librosa 0.11.0 with resampy 0.4.2 gives for it. */
export function readGoldenClip(folder: string, name: string): GoldenClip {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
  return { golden, sound: readGoldenWav(join(folder, golden.clip)) };
}

/** Numbers from -0.5 to 0.5 that are the same everywhere: a linear congruential generator modulo 2^32. */
export function* noise(): Generator<number, never> {
  let state = 1;
  while (true) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32 - 0.5;
  }
}

/** A second at 22,050 Hz of a trembling low tone, a high tone, and faint noise. */
export function portableSound(): Sound {
  const sampleRateHz = 22_050;
  const random = noise();
  const samples = Float32Array.from({ length: sampleRateHz }, (_, n) => {
    const t = n / sampleRateHz;
    const low = 0.3 * Math.sin(2 * Math.PI * 150 * t) * (1 + 0.5 * Math.sin(2 * Math.PI * 3 * t));
    return low + 0.2 * Math.sin(2 * Math.PI * 1210 * t) + 0.02 * random.next().value;
  });
  return { sampleRateHz, samples, startMs: 0 };
}

/** The greatest difference between two lists; with `relative`, as a share of the wanted number. NaN where one is. */
export function greatestError(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  { relative = false } = {},
): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs(found[i]! - wanted[i]!);
    const share = relative && wanted[i] !== 0 ? error / Math.abs(wanted[i]!) : error;
    greatest = Math.max(greatest, share);
  }
  return greatest;
}

export function sumOfSquares(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
