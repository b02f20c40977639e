import type { Sound } from '../../../hal/contract/sound.ts';
import { sampleRateLimitsHz } from '../resample.ts';
import { chroma, pitchClasses } from './chroma.ts';
import { contrastBands, spectralContrast } from './contrast.ts';
import { constantQMagnitudes, cqtBinsPerOctave } from './cqt.ts';
import { powerToDb } from './decibel.ts';
import { harmonic } from './harmonic.ts';
import { meanFrame } from './mean.ts';
import { melBands, melSpectrogram } from './mel.ts';
import { mfcc, mfccs } from './mfcc.ts';
import { resampledLength, resampleKaiserFast } from './resample.ts';
import { featureRateHz, frameLength, magnitudeSpectrogram, magnitudes, stft } from './stft.ts';
import { tonnetz, tonnetzAxes } from './tonnetz.ts';
import { estimateTuning } from './tuning.ts';

/** Names the numbers: a network is used only with features of the version that it was trained on. */
export const featureVersion = 'librosa-0.11.0-resampy-0.4.2-1';

export const featureCount = 193;

/** The parts share the memory of `vector`, in this order. */
export interface Features193 {
  /** All `featureCount` numbers. */
  readonly vector: Float32Array<ArrayBuffer>;
  /** 40 mel-frequency cepstral coefficients, of dB. */
  readonly mfcc: Float32Array;
  /** 12 pitch classes from C on, 0 to 1. */
  readonly chroma: Float32Array;
  /** Power in 128 mel bands. */
  readonly mel: Float32Array;
  /** Peaks over valleys in 7 bands, dB. */
  readonly contrast: Float32Array;
  /** 6 tonal centroids, -1 to 1. */
  readonly tonnetz: Float32Array;
}

export type FeatureErrorKind = 'too-short' | 'too-long' | 'not-finite' | 'sample-rate';

/** Why a sound has no features; the message says what to do. */
export class FeatureError extends Error {
  override readonly name = 'FeatureError';
  readonly kind: FeatureErrorKind;

  constructor(kind: FeatureErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A minute takes about 200 MB while it is computed. */
const longestSeconds = 120;

/**
 * The means over time of 40 MFCC, 12 chroma, 128 mel, 7 spectral contrast and 6 tonnetz features, as librosa 0.11.0
 * computes them from a file that it loads with `sr=22050, res_type='kaiser_fast'`: chroma and contrast from |stft|,
 * tonnetz of the harmonic part. Within 1e-3 for MFCC, contrast (dB) and tonnetz, 1e-4 for chroma, a share of 1e-4 for
 * mel, of librosa's own numbers.
 *
 * Pure, and the same bytes each time. 129 of the numbers follow the level, and all follow the length: train on pieces
 * of the length and level that are used live. Digital silence has features too (mostly 0), which mean nothing.
 *
 * Throws FeatureError: `too-short` under 2048 samples at 22,050 Hz, `too-long` over 120 s, `not-finite` where a sample
 * is no number or so great that a feature would be none, `sample-rate` outside 4 to 384 kHz.
 */
export function features193({ samples, sampleRateHz }: Sound): Features193 {
  assertUsable(samples, sampleRateHz);
  const signal = resampleKaiserFast(samples, sampleRateHz, featureRateHz);
  const spectrogram = stft(signal);
  const magnitude = magnitudes(spectrogram);
  const mel = melSpectrogram(magnitude);
  const held = harmonic(spectrogram, magnitude, signal.length);
  const constantQ = constantQMagnitudes(held, estimateTuning(magnitudeSpectrogram(held), cqtBinsPerOctave));
  const means = [
    mfcc(meanFrame(powerToDb(mel), melBands)),
    meanFrame(chroma(magnitude, estimateTuning(magnitude, pitchClasses)), pitchClasses),
    meanFrame(mel, melBands),
    meanFrame(spectralContrast(magnitude), contrastBands),
    meanFrame(tonnetz(constantQ), tonnetzAxes),
  ];
  const vector = new Float32Array(featureCount);
  let at = 0;
  for (const part of means) {
    vector.set(part, at);
    at += part.length;
  }
  if (!vector.every(Number.isFinite)) {
    throw new FeatureError('not-finite', 'the samples are too great for features: scale them to -1 to 1');
  }
  return partsOf(vector);
}

/** The parts of a vector of `featureCount` numbers, as views. */
function partsOf(vector: Float32Array<ArrayBuffer>): Features193 {
  let at = 0;
  const next = (length: number) => {
    at += length;
    return vector.subarray(at - length, at);
  };
  return {
    vector,
    mfcc: next(mfccs),
    chroma: next(pitchClasses),
    mel: next(melBands),
    contrast: next(contrastBands),
    tonnetz: next(tonnetzAxes),
  };
}

function assertUsable(samples: Float32Array, rateHz: number): void {
  const { lowest, highest } = sampleRateLimitsHz;
  if (!(rateHz >= lowest && rateHz <= highest)) {
    throw new FeatureError(
      'sample-rate',
      `a sample rate of ${rateHz} Hz: record at ${lowest} to ${highest} Hz`,
    );
  }
  const length = resampledLength(samples.length, rateHz, featureRateHz);
  if (length < frameLength) {
    throw new FeatureError(
      'too-short',
      `${samples.length} samples at ${rateHz} Hz are ${length} at ${featureRateHz} Hz, features need ${frameLength}: record at least a second`,
    );
  }
  if (length > longestSeconds * featureRateHz) {
    throw new FeatureError(
      'too-long',
      `${Math.round(samples.length / rateHz)} s of sound are too long for one set of features: cut them into pieces of at most ${longestSeconds} s`,
    );
  }
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  if (bad >= 0) {
    throw new FeatureError(
      'not-finite',
      `sample ${bad} is ${samples[bad]}: the file or its reader is broken`,
    );
  }
}
