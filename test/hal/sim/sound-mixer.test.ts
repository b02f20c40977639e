import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { resampleBandLimited } from '../../../hal/sim/band-limited.ts';
import type { SceneSound } from '../../../hal/sim/scene-sounds.ts';
import { createSoundMixer, type SpeechClip } from '../../../hal/sim/sound-mixer.ts';

const sine = (hz: number, sampleRateHz: number, seconds = 1) =>
  Float32Array.from({ length: sampleRateHz * seconds }, (_, i) =>
    Math.sin((2 * Math.PI * hz * i) / sampleRateHz),
  );
const levelDbfs = (samples: ArrayLike<number>) => {
  let squares = 0;
  for (let i = 0; i < samples.length; i++) squares += samples[i]! ** 2;
  return 10 * Math.log10(squares / samples.length);
};
const clip: SpeechClip = { sampleRateHz: 16_000, samples: sine(500, 16_000).map((value) => value / 10) };
const mixer = createSoundMixer({ seed: 3, clips: new Map([['ada', clip]]) });
const mix = (sounds: readonly SceneSound[], startMs: number, durationMs: number, sampleRateHz = 16_000) => {
  const into = new Float64Array((durationMs * sampleRateHz) / 1_000);
  mixer({ startMs, sampleRateHz, sounds }, into);
  return into;
};
const says = (fromMs: number, untilMs: number) => ({
  kind: 'speech' as const,
  subject: 'ada',
  fromMs,
  untilMs,
  levelDbfs: -26,
});

describe('sound mixer', () => {
  test('brings a recording to the level that the scene says, at any rate', () => {
    for (const sampleRateHz of [8_000, 16_000, 32_000, 44_100, 48_000]) {
      expect(levelDbfs(mix([says(0, 1_000)], 0, 1_000, sampleRateHz))).toBeCloseTo(-26, 1);
    }
  });

  test('lets speech begin and end at its times, over the noise of a quiet room', () => {
    const mixed = mix([says(250, 750)], 0, 1_000);
    expect(levelDbfs(mixed.subarray(0, 4_000))).toBeCloseTo(-72, 0);
    expect(levelDbfs(mixed.subarray(4_000, 12_000))).toBeCloseTo(-26, 1);
    expect(levelDbfs(mixed.subarray(12_000))).toBeCloseTo(-72, 0);
  });

  test('gives a recording that is cut into chunks without a step between them', () => {
    const sounds = [says(130, 900)];
    const whole = mix(sounds, 0, 1_000);
    const pieces = Array.from({ length: 10 }, (_, i) => [...mix(sounds, i * 100, 100)]).flat();
    // The room's noise is drawn for each chunk; -72 dBFS uniform noise reaches 0.00044.
    const most = Math.max(...pieces.map((value, i) => Math.abs(value - whole[i]!)));
    expect(most).toBeLessThan(0.001);
  });

  test('repeats a short recording until the scene says that it is over', () => {
    const mixed = mix([says(0, 2_500)], 2_000, 1_000);
    expect(levelDbfs(mixed.subarray(0, 8_000))).toBeCloseTo(-26, 1);
    expect(levelDbfs(mixed.subarray(8_000))).toBeCloseTo(-72, 0);
  });

  test('gives the same samples for the same stretch, and names a recording that nobody gave', () => {
    expect(mix([says(0, 900)], 300, 100)).toEqual(mix([says(0, 900)], 300, 100));
    expect(() => mix([{ ...says(0, 900), clip: 'bob' }], 0, 100)).toThrow("no recording 'bob'");
  });
});

describe('band-limited resampling', () => {
  test('keeps what both rates can carry, and drops what the lower one cannot', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(8_000, 22_050, 32_000, 44_100, 48_000),
        fc.integer({ min: 100, max: 20_000 }),
        (toHz, hz) => {
          const fromHz = 48_000;
          const half = Math.min(fromHz, toHz) / 2;
          fc.pre(hz < half * 0.9 || (hz > half * 1.15 && hz < fromHz * 0.45));
          const resampled = resampleBandLimited(sine(hz, fromHz, 0.25), fromHz, toHz);
          const middle = resampled.subarray(resampled.length / 4, (resampled.length * 3) / 4);
          if (hz > half) expect(levelDbfs(middle)).toBeLessThan(-60);
          else {
            const expected = sine(hz, toHz, 1).subarray(resampled.length / 4, (resampled.length * 3) / 4);
            const error = middle.map((value, i) => value - expected[i]!);
            expect(levelDbfs(error)).toBeLessThan(-50);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
