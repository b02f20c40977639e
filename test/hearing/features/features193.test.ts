import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Sound } from '../../../hal/contract/sound.ts';
import {
  FeatureError,
  type FeatureErrorKind,
  featureCount,
  features193,
} from '../../../src/hearing/features/features193.ts';
import { greatestError, noise, portableSound } from './golden.ts';
import { hashFeatures } from './hash-features.ts';

function sound(samples: Float32Array, sampleRateHz = 22_050): Sound {
  return { samples, sampleRateHz, startMs: 0 };
}

function failure(bad: Sound): FeatureErrorKind | undefined {
  try {
    features193(bad);
    return undefined;
  } catch (error) {
    if (error instanceof FeatureError) return error.kind;
    throw error;
  }
}

describe('the features of a sound', () => {
  test('come in order: MFCC, chroma, mel, contrast, tonnetz, in one piece of memory', () => {
    const features = features193(portableSound());
    expect(features.vector.length).toBe(featureCount);
    const { mfcc, chroma, mel, contrast, tonnetz } = features;
    expect([mfcc, chroma, mel, contrast, tonnetz].map(({ length }) => length)).toEqual([40, 12, 128, 7, 6]);
    expect([...mfcc, ...chroma, ...mel, ...contrast, ...tonnetz]).toEqual([...features.vector]);
    const moved = structuredClone(features, { transfer: [features.vector.buffer] });
    expect(moved.tonnetz.buffer).toBe(moved.vector.buffer);
  });

  test('are the same bytes again, in a Worker, in another process, and after the code has warmed up', async () => {
    const here = hashFeatures();
    const script = join(import.meta.dir, 'hash-features.ts');
    const worker = new Worker(script);
    const inWorker = await new Promise((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<unknown>) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
    worker.terminate();
    const child = Bun.spawn([process.execPath, script], { stdout: 'pipe' });
    expect(inWorker).toBe(here);
    expect((await new Response(child.stdout).text()).trim()).toBe(here);
    for (let i = 0; i < 20; i++) expect(hashFeatures()).toBe(here);
  });

  test('leave the samples as they are', () => {
    const { samples } = portableSound();
    const before = samples.slice();
    features193(sound(samples, 32_000));
    expect(samples).toEqual(before);
  });

  test('follow the level in 129 of 193 numbers: -12 dB lower the first MFCC by 136 and divide mel by 16', () => {
    const loud = portableSound();
    const quiet = features193(sound(loud.samples.map((x) => x / 4)));
    const features = features193(loud);
    expect(quiet.mfcc[0]! - features.mfcc[0]!).toBeCloseTo(-136.23, 1);
    expect(greatestError(quiet.mfcc.subarray(1), features.mfcc.subarray(1))).toBeLessThan(1e-3);
    expect(
      greatestError(
        quiet.mel,
        features.mel.map((x) => x / 16),
        { relative: true },
      ),
    ).toBeLessThan(1e-6);
    expect(greatestError(quiet.chroma, features.chroma)).toBeLessThan(1e-6);
    expect(greatestError(quiet.contrast, features.contrast)).toBeLessThan(1e-4);
    expect(greatestError(quiet.tonnetz, features.tonnetz)).toBeLessThan(1e-6);
  });

  test('of digital silence say so: the first MFCC at the floor, all else 0', () => {
    const { vector } = features193(sound(new Float32Array(22_050)));
    expect(vector[0]).toBeCloseTo(-100 * Math.sqrt(128), 3);
    expect(greatestError(vector.subarray(1), new Float32Array(featureCount - 1))).toBeLessThan(1e-9);
  });

  test('are numbers at every length from the shortest on', () => {
    const random = noise();
    const long = Float32Array.from({ length: 2100 }, () => random.next().value);
    for (let length = 2048; length <= 2100; length++) {
      expect(features193(sound(long.subarray(0, length))).vector.every(Number.isFinite)).toBe(true);
    }
  });

  test('are numbers for whatever a microphone or a broken file gives', () => {
    const level = fc.constantFrom(0, 1e-38, 1e-20, 1e-6, 1, 1e6);
    const sample = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constantFrom(-1, 0, 1));
    const piece = fc.array(sample, { minLength: 1, maxLength: 64 });
    const rate = fc.oneof(
      fc.constantFrom(8000, 16_000, 22_050, 32_000, 44_100, 48_000),
      fc.double({ min: 4000, max: 384_000, noNaN: true }),
    );
    fc.assert(
      fc.property(piece, level, rate, fc.integer({ min: 2048, max: 6000 }), (pattern, gain, hz, length) => {
        // Patterns that come again are tones, squares, constants, clicks and silence.
        const count = Math.ceil((length * hz) / 22_050);
        const samples = Float32Array.from({ length: count }, (_, n) => gain * pattern[n % pattern.length]!);
        const { vector, chroma } = features193(sound(samples, hz));
        expect(vector.every(Number.isFinite)).toBe(true);
        expect(chroma.every((value) => value >= 0 && value <= 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('are refused where there can be none, with the reason', () => {
    expect(failure(sound(new Float32Array(0)))).toBe('too-short');
    expect(failure(sound(new Float32Array(1)))).toBe('too-short');
    expect(failure(sound(new Float32Array(2047)))).toBe('too-short');
    expect(failure(sound(new Float32Array(2048)))).toBeUndefined();
    expect(failure(sound(new Float32Array(4095), 44_100))).toBeUndefined();
    expect(failure(sound(new Float32Array(4094), 44_100))).toBe('too-short');
    expect(failure(sound(new Float32Array(3600 * 8000), 8000))).toBe('too-long');
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(failure(sound(new Float32Array(22_050).fill(bad, 7, 8)))).toBe('not-finite');
    }
    expect(failure(sound(portableSound().samples.map((x) => x * 1e38)))).toBe('not-finite');
    for (const rate of [0, -1, 3999, 400_000, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(failure(sound(new Float32Array(22_050), rate))).toBe('sample-rate');
    }
  });
});
