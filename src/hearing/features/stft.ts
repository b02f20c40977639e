import { RealFft } from './real-fft.ts';

/** The rate that all features are computed at. */
export const featureRateHz = 22_050;
export const frameLength = 2048;
export const hopLength = 512;
/** Frequencies of a frame: bin k stands at k * featureRateHz / frameLength. */
export const bins = frameLength / 2 + 1;

/** 2 pi periodic, as for spectra: the first value is 0, the last is not. */
const hann = Float64Array.from(
  { length: frameLength },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frameLength),
);

const fft = new RealFft(frameLength);
const frame = new Float64Array(frameLength);

/** Spectra of overlapping frames, one after the other. */
export interface Spectrogram {
  readonly frames: number;
  /** `bins` complex numbers a frame, real and imaginary parts in turns. */
  readonly values: Float64Array;
}

export function frameCount(length: number): number {
  return 1 + Math.floor(length / hopLength);
}

/**
 * Short-time Fourier transform as librosa.stft of librosa 0.11.0: Hann window, frame j centred on sample j * 512, zeros
 * beyond both ends, unscaled.
 */
export function stft(signal: Float64Array): Spectrogram {
  const frames = frameCount(signal.length);
  const values = new Float64Array(frames * bins * 2);
  for (let j = 0; j < frames; j++) transformFrame(signal, j, values, j * bins * 2);
  return { frames, values };
}

function transformFrame(signal: Float64Array, index: number, values: Float64Array, offset: number): void {
  const start = index * hopLength - frameLength / 2;
  const from = Math.max(0, -start);
  const to = Math.min(frameLength, signal.length - start);
  frame.fill(0, 0, from);
  for (let i = from; i < to; i++) frame[i] = hann[i]! * signal[start + i]!;
  frame.fill(0, to);
  fft.forward(frame, values, offset);
}

/** |X|, `bins` numbers a frame. */
export function magnitudes({ values }: Spectrogram): Float64Array {
  const out = new Float64Array(values.length / 2);
  putMagnitudes(values, out, 0);
  return out;
}

/** As magnitudes(stft(signal)), without keeping the spectra. */
export function magnitudeSpectrogram(signal: Float64Array): Float64Array {
  const frames = frameCount(signal.length);
  const out = new Float64Array(frames * bins);
  const values = new Float64Array(bins * 2);
  for (let j = 0; j < frames; j++) {
    transformFrame(signal, j, values, 0);
    putMagnitudes(values, out, j * bins);
  }
  return out;
}

function putMagnitudes(values: Float64Array, out: Float64Array, offset: number): void {
  const count = values.length / 2;
  for (let i = 0; i < count; i++) {
    const re = values[2 * i]!;
    const im = values[2 * i + 1]!;
    out[offset + i] = Math.sqrt(re * re + im * im);
  }
}

/** float32's least normal number: below it librosa takes a sum of windows, or a greatest value, for nothing. */
export const tiny = 2 ** -126;

/**
 * The signal of `length` samples whose stft comes nearest to the spectrogram (Griffin and Lim 1984), as
 * librosa.istft: frames windowed again, overlapped, added, and divided by the sum of the squared windows.
 */
export function istft({ frames, values }: Spectrogram, length: number): Float64Array {
  const total = frameLength + hopLength * (frames - 1);
  const sum = new Float64Array(total);
  const weight = new Float64Array(total);
  for (let j = 0; j < frames; j++) {
    fft.inverse(values, frame, j * bins * 2);
    const start = j * hopLength;
    for (let i = 0; i < frameLength; i++) {
      const w = hann[i]!;
      sum[start + i]! += w * frame[i]!;
      weight[start + i]! += w * w;
    }
  }
  const signal = new Float64Array(length);
  const first = frameLength / 2;
  const count = Math.min(length, total - first);
  for (let i = 0; i < count; i++) {
    const w = weight[first + i]!;
    const value = sum[first + i]!;
    signal[i] = w > tiny ? value / w : value;
  }
  return signal;
}
