import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { constantQMagnitudes } from '../../../src/hearing/features/cqt.ts';
import { features193 } from '../../../src/hearing/features/features193.ts';
import { harmonic } from '../../../src/hearing/features/harmonic.ts';
import { resampleKaiserFast } from '../../../src/hearing/features/resample.ts';
import {
  bins,
  featureRateHz,
  magnitudeSpectrogram,
  magnitudes,
  stft,
} from '../../../src/hearing/features/stft.ts';
import { estimateTuning } from '../../../src/hearing/features/tuning.ts';
import { skipReason, testData } from '../../support/test-data.ts';
import { type GoldenClip, greatestError, portableSound, readGoldenClip, sumOfSquares } from './golden.ts';

/** All that the features of a signal at 22,050 Hz come from. */
function stages(signal: Float64Array) {
  const spectrogram = stft(signal);
  const magnitude = magnitudes(spectrogram);
  const held = harmonic(spectrogram, magnitude, signal.length);
  const tuning36 = estimateTuning(magnitudeSpectrogram(held), 36);
  return {
    frames: spectrogram.frames,
    magnitude,
    tuning12: estimateTuning(magnitude, 12),
    held,
    tuning36,
    constantQ: constantQMagnitudes(held, tuning36),
  };
}

function expectLibrosa({ golden, sound }: GoldenClip): void {
  const signal = resampleKaiserFast(sound.samples, sound.sampleRateHz, featureRateHz);
  expect(signal.length).toBe(golden.resampled_length);
  for (const [index, sample] of Object.entries(golden.resampled_samples)) {
    expect(Math.abs(signal[Number(index)]! - sample)).toBeLessThan(2e-6);
  }
  const power = golden.resampled_sum_of_squares;
  expect(Math.abs(sumOfSquares(signal) - power)).toBeLessThanOrEqual(1e-6 * power);

  const { frames, tuning12, tuning36, held } = stages(signal);
  expect(frames).toBe(golden.frames);
  expect([tuning12, tuning36]).toEqual([
    expect.closeTo(golden.tuning_chroma_12, 9),
    expect.closeTo(golden.tuning_cqt_36, 9),
  ]);
  const heldPower = golden.harmonic_sum_of_squares;
  expect(Math.abs(sumOfSquares(held) - heldPower)).toBeLessThanOrEqual(1e-5 * heldPower);

  const features = features193(sound);
  expect(greatestError(features.mfcc, golden.means.mfcc)).toBeLessThan(1e-3);
  expect(greatestError(features.chroma, golden.means.chroma_stft)).toBeLessThan(1e-4);
  expect(greatestError(features.mel, golden.means.mel, { relative: true })).toBeLessThan(1e-4);
  expect(greatestError(features.contrast, golden.means.contrast)).toBeLessThan(1e-3);
  expect(greatestError(features.tonnetz, golden.means.tonnetz)).toBeLessThan(1e-3);
}

describe('the features equal those of librosa 0.11.0 with resampy 0.4.2', () => {
  const committed = join(import.meta.dir, '../../golden/librosa');
  test.each([
    ['a sweep beside noise, 48 kHz', 'chirp-48k-stereo'],
    ['a chord that fades, 8 kHz', 'chord-8k-mono'],
    ['tones clipped hard, 16 kHz', 'clipping-16k-mono'],
    ['a constant under a tone, 44.1 kHz', 'dc-44k1-mono'],
    ['tones and noise, 22.05 kHz', 'lcg-tone-22k05-mono'],
    ['digital silence, 32 kHz', 'silence-32k-stereo'],
  ])('of %s', (_what, name) => expectLibrosa(readGoldenClip(committed, name)));

  const speech = 'golden/librosa';
  test.skipIf(testData(speech) === undefined).each([
    ['16 kHz', 'speech-1688-16k-mono'],
    ['32 kHz', 'speech-2033-32k-stereo'],
    ['44.1 kHz', 'speech-2609-44k1-mono'],
    ['22.05 kHz', 'speech-3005-22k05-mono'],
  ])(`of speech at %s${skipReason(speech)}`, (_rate, name) => {
    expectLibrosa(readGoldenClip(testData(speech)!, name));
  });
});

describe('a signal made by a formula gives what librosa gives', () => {
  const signal = Float64Array.from(portableSound().samples);
  const { frames, magnitude, tuning12, tuning36, held, constantQ } = stages(signal);

  test('in its spectrum', () => {
    expect(frames).toBe(44);
    expect(magnitude[10 * bins + 14]).toBeCloseTo(84.38109, 4);
    expect(magnitude[20 * bins + 112]).toBeCloseTo(93.09798, 4);
    expect(magnitude[43 * bins + 500]).toBeCloseTo(0.14314316, 4);
  });

  test('in its tuning', () => {
    expect(tuning12).toBeCloseTo(0.39, 9);
    expect(tuning36).toBeCloseTo(0.17, 9);
  });

  test('in its harmonic part', () => {
    const wanted = [-0.01853583, -0.52905124, 0.00440272, -0.04492745];
    expect(
      greatestError(
        [0, 1000, 11_025, 22_049].map((n) => held[n]!),
        wanted,
      ),
    ).toBeLessThan(2e-6);
  });

  test('in its constant-Q transform', () => {
    const cqtBins = 252;
    const wanted = new Map([
      [18 * cqtBins + 79, 16.154556],
      [10 * cqtBins, 0.052162465],
      [10 * cqtBins + 79, 10.131394],
      [20 * cqtBins + 187, 2.827109],
      [43 * cqtBins + 251, 0.0031818398],
    ]);
    for (const [at, value] of wanted) expect(constantQ[at]).toBeCloseTo(value, 4);
    expect(constantQ.indexOf(Math.max(...constantQ))).toBe(18 * cqtBins + 79);
    expect(constantQ.length).toBe(44 * cqtBins);
  });

  test('in all features', () => {
    const features = features193(portableSound());
    // Written with five digits.
    const near = { relative: true };
    expect(greatestError(features.mfcc, portableMfcc, near)).toBeLessThan(5e-5);
    expect(greatestError(features.chroma, portableChroma)).toBeLessThan(1e-4);
    expect(greatestError(features.mel.subarray(0, 10), portableMel[0], near)).toBeLessThan(1e-4);
    expect(greatestError(features.mel.subarray(42, 48), portableMel[42], near)).toBeLessThan(1e-4);
    expect(greatestError(features.mel.subarray(124), portableMel[124], near)).toBeLessThan(1e-4);
    expect(
      greatestError(features.contrast, [33.522, 10.925, 10.948, 34.901, 13.343, 13.764, 13.291]),
    ).toBeLessThan(1e-3);
    expect(
      greatestError(features.tonnetz, [0.26086, 0.29167, 0.24679, -0.59378, -0.25386, -0.023968]),
    ).toBeLessThan(1e-3);
  });
});

test('a stereo signal made by a formula is mixed and resampled as librosa does', () => {
  const samples = Float32Array.from({ length: 32_000 }, (_, n) => {
    const tone = (hz: number) => Math.sin((2 * Math.PI * hz * n) / 32_000);
    const left = Math.round(12_000 * tone(200) + 3000 * tone(5000));
    const right = Math.round(8000 * tone(310));
    return (left + right) / 2 / 32_768;
  });
  const signal = resampleKaiserFast(samples, 32_000, featureRateHz);
  expect(signal.length).toBe(22_050);
  expect(
    greatestError(
      [0, 1, 2, 100, 11_025, 22_048, 22_049].map((n) => signal[n]!),
      [0.0077372673, 0.06330578, 0.057838153, -0.07388705, -0.000067740824, -0.057838157, -0.063305788],
    ),
  ).toBeLessThan(1e-7);
  expect(sumOfSquares(signal)).toBeCloseTo(558.06433, 4);
});

const portableMfcc = [
  -267.48, 32.632, 8.1698, -0.67678, 14.855, 34.023, 34.574, 14.781, -6.2389, -7.2382, 8.0757, 19.657, 11.629,
  -9.707, -22.708, -17.429, -1.0717, 5.367, -7.1435, -25.919, -29.97, -17.946, -3.2261, -2.4317, -18.115,
  -29.653, -26.003, -10.253, 0.70991, -2.9608, -16.492, -22.515, -12.245, 3.1628, 9.236, 1.696, -8.8431,
  -8.9111, 2.7818, 14.889,
];

const portableChroma = [
  0.095462, 0.26405, 1, 0.38819, 0.09389, 0.038541, 0.033128, 0.032544, 0.032451, 0.034048, 0.036497,
  0.043305,
];

/** By first band. */
const portableMel = {
  0: [0.31032, 0.39271, 0.57238, 1.1567, 335.63, 1111.5, 57.119, 0.35892, 0.11121, 0.051976],
  42: [0.090681, 0.23024, 63.157, 383.89, 28.933, 0.16671],
  124: [0.0025804, 0.0025465, 0.0021805, 0.0022786],
};
