import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  cutWindows,
  keptFrames,
  prepareVoice,
  windowSamples,
  windowStarts,
} from '../../src/hearing/front-end.ts';
import { VoiceActivityDetector } from '../../src/hearing/vad.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { golden, goldenClips, goldenSignal, readClip } from './golden.ts';

const flagsOf = (text: string) => Uint8Array.from(text, Number);

describe('the front end of the embedding', () => {
  test('its golden signal is made as the reference made it', () => {
    const signal = goldenSignal();
    for (const [n, value] of Object.entries(golden.synthetic.samples)) {
      expect(signal[Number(n)]).toBeCloseTo(value, 8);
    }
  });

  for (const clip of goldenClips) {
    test(`keeps of the flags of ${clip.wav} what the reference keeps`, () => {
      expect(keptFrames(flagsOf(clip.vad_flags_30ms)).join('')).toBe(clip.kept_30ms);
      expect(windowStarts(clip.voiced_samples)).toEqual(clip.window_starts);
    });

    const path = testData(`golden/librosa/${clip.wav}`);
    test.skipIf(path === undefined)(
      `finds the speech of ${clip.wav} as the reference does${skipReason(`golden/librosa/${clip.wav}`)}`,
      async () => {
        using detector = await VoiceActivityDetector.create();
        const { voiced, voicedMs, levelDbfs } = prepareVoice(await readClip(path!), detector);
        expect(voiced).toHaveLength(clip.voiced_samples);
        expect(voicedMs).toBe(clip.voiced_samples / 16);
        expect(levelDbfs).toBeCloseTo(clip.level_dbfs, 3);
      },
    );
  }

  test('five of eight flags are speech, four are not', () => {
    expect(keptFrames(flagsOf('0000000011110000000'))).toEqual(new Uint8Array(19));
    // Smoothed to one frame, widened by three on each side.
    expect(keptFrames(flagsOf('0000000011111000000')).join('')).toContain('1111111');
  });

  test('windows follow each other by 0.77 s, and the last is at least three quarters full', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 16_000 * 60 }), (voicedSamples) => {
        const starts = windowStarts(voicedSamples);
        expect(starts[0]).toBe(0);
        for (const [index, start] of starts.entries()) expect(start).toBe(index * 12_320);
        if (starts.length > 1) {
          expect(voicedSamples - starts.at(-1)!).toBeGreaterThanOrEqual(0.75 * 25_600);
        }
        // Nothing that could fill another window is left over.
        expect(voicedSamples - starts.length * 12_320).toBeLessThan(25_600);
      }),
    );
  });

  test('a window holds its speech, half a frame of what was before, and silence beyond the end', () => {
    const voiced = Float32Array.from({ length: 30_000 }, (_, n) => n + 1);
    const windows = cutWindows(voiced);
    expect(windows).toHaveLength(windowStarts(30_000).length * windowSamples);
    expect([...windows.subarray(198, 202)]).toEqual([0, 0, 1, 2]);
    const second = windowStarts(40_000)[1]!;
    const two = cutWindows(Float32Array.from({ length: 40_000 }, (_, n) => n + 1));
    expect(two[windowSamples]).toBe(second - 200 + 1);
    expect(two.at(-1)).toBe(second + 25_640);
  });

  test('a quiet voice is amplified, a loud one left alone', async () => {
    using detector = await VoiceActivityDetector.create();
    const loud = goldenSignal().map((x) => x * 5);
    const quiet = loud.map((x) => x / 100);
    const heardLoud = prepareVoice({ sampleRateHz: 16_000, samples: loud }, detector);
    const heardQuiet = prepareVoice({ sampleRateHz: 16_000, samples: quiet }, detector);
    expect(heardLoud.levelDbfs - heardQuiet.levelDbfs).toBeCloseTo(40, 3);
    expect(heardQuiet.voicedMs).toBeGreaterThan(0);
    const power = heardQuiet.voiced.reduce((sum, x) => sum + x * x, 0) / heardQuiet.voiced.length;
    expect(10 * Math.log10(power)).toBeCloseTo(-30, 0);
    expect(heardLoud.voiced.subarray(0, 480)).toEqual(loud.subarray(0, 480));
  });

  test('silence and nothing at all have no speech and no level', async () => {
    using detector = await VoiceActivityDetector.create();
    for (const length of [0, 1, 479, 48_000]) {
      const heard = prepareVoice({ sampleRateHz: 32_000, samples: new Float32Array(length) }, detector);
      expect(heard).toMatchObject({ voicedMs: 0, levelDbfs: Number.NEGATIVE_INFINITY, clippedShare: 0 });
    }
  });

  test('a square wave of full scale is clipped all over', async () => {
    using detector = await VoiceActivityDetector.create();
    const samples = Float32Array.from({ length: 32_000 }, (_, n) => (n % 100 < 50 ? 32_767 / 32_768 : -1));
    expect(prepareVoice({ sampleRateHz: 16_000, samples }, detector).clippedShare).toBe(1);
  });

  test('numbers that are not finite are refused, not embedded', async () => {
    using detector = await VoiceActivityDetector.create();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const samples = goldenSignal();
      samples[100] = bad;
      expect(() => prepareVoice({ sampleRateHz: 16_000, samples }, detector)).toThrow('not finite');
    }
  });
});
