import { describe, expect, test } from 'bun:test';
import { resample } from '../../src/hearing/resample.ts';
import { VoiceActivityDetector, vadFrameSamples } from '../../src/hearing/vad.ts';
import { skipReason, testData } from '../support/test-data.ts';
import { goldenClips, goldenSignal, readClip } from './golden.ts';

/** A voice of a kind: a buzz at 120 Hz that comes and goes with each syllable, in a pause of noise. */
function buzz(): Float32Array {
  return Float32Array.from({ length: 48_000 }, (_, n) => {
    const t = n / 16_000;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 25; harmonic++)
      sum += Math.sin(2 * Math.PI * 120 * harmonic * t) / harmonic;
    return t < 1 ? 1e-4 * Math.sin(n * n) : 0.1 * sum * (1 + Math.sin(2 * Math.PI * 4 * t));
  });
}

describe('voice activity', () => {
  test('a buzz after a pause is noticed, and the pause is not', async () => {
    using detector = await VoiceActivityDetector.create();
    const flags = detector.flags(buzz());
    expect(flags.subarray(0, 30)).toEqual(new Uint8Array(30));
    expect(flags.subarray(40).reduce((sum, flag) => sum + flag, 0)).toBeGreaterThan(40);
  });

  test('digital silence is no speech', async () => {
    using detector = await VoiceActivityDetector.create();
    expect(detector.flags(new Float32Array(16_000))).toEqual(new Uint8Array(33));
  });

  test('what was heard before does not change what a clip is', async () => {
    using detector = await VoiceActivityDetector.create();
    const alone = detector.flags(buzz());
    detector.flags(goldenSignal());
    expect(detector.flags(buzz())).toEqual(alone);
  });

  test('frame by frame it says what it says of the whole', async () => {
    using detector = await VoiceActivityDetector.create();
    const wave = buzz();
    const flags = detector.flags(wave);
    detector.reset();
    for (const [frame, flag] of flags.entries()) {
      expect(detector.isSpeech(wave, frame * vadFrameSamples)).toBe(flag === 1);
    }
  });

  test('two detectors do not disturb each other', async () => {
    using one = await VoiceActivityDetector.create();
    using other = await VoiceActivityDetector.create();
    const wave = buzz();
    const flags = one.flags(wave);
    one.reset();
    for (const [frame, flag] of flags.entries()) {
      other.isSpeech(new Float32Array(vadFrameSamples));
      expect(one.isSpeech(wave, frame * vadFrameSamples)).toBe(flag === 1);
    }
  });

  test('a closed detector says so', async () => {
    const detector = await VoiceActivityDetector.create();
    detector.close();
    detector.close();
    expect(() => detector.isSpeech(new Float32Array(vadFrameSamples))).toThrow('closed');
  });

  for (const clip of goldenClips) {
    const path = testData(`golden/librosa/${clip.wav}`);
    test.skipIf(path === undefined)(
      `${clip.wav} has the flags of WebRTC's own${skipReason(`golden/librosa/${clip.wav}`)}`,
      async () => {
        using detector = await VoiceActivityDetector.create();
        const { samples, sampleRateHz } = await readClip(path!);
        const wave = resample(samples, sampleRateHz);
        const gain = 10 ** (Math.max(0, -30 - clip.level_dbfs) / 20);
        expect(detector.flags(wave.map((x) => x * gain)).join('')).toBe(clip.vad_flags_30ms);
      },
    );
  }
});
