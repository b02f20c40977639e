import { bins, featureRateHz, frameLength } from './stft.ts';

export const melBands = 128;

/** Slaney's mel scale (Auditory Toolbox, 1998): linear to 1000 Hz, logarithmic above. */
const linearHzPerMel = 200 / 3;
const kneeHz = 1000;
const kneeMel = kneeHz / linearHzPerMel;
const logStep = Math.log(6.4) / 27;

function toMel(hz: number): number {
  return hz < kneeHz ? hz / linearHzPerMel : kneeMel + Math.log(hz / kneeHz) / logStep;
}

function toHz(mel: number): number {
  return mel < kneeMel ? mel * linearHzPerMel : kneeHz * Math.exp(logStep * (mel - kneeMel));
}

/**
 * Triangular filters evenly spaced in mel from 0 Hz to half the rate, each of area 1 over Hz, as
 * librosa.filters.mel(sr=22050, n_fft=2048) makes them: `melBands` rows of `bins` weights.
 */
export function melFilters(): Float64Array[] {
  const top = toMel(featureRateHz / 2);
  const edges = Float64Array.from({ length: melBands + 2 }, (_, i) => toHz((top * i) / (melBands + 1)));
  return Array.from({ length: melBands }, (_, band) => {
    const [low, middle, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    return Float64Array.from({ length: bins }, (_, k) => {
      const hz = (k * featureRateHz) / frameLength;
      const rise = (hz - low) / (middle - low);
      const fall = (high - hz) / (high - middle);
      return (Math.max(0, Math.min(rise, fall)) * 2) / (high - low);
    });
  });
}

/** A filter without the zeros on both sides. */
interface Triangle {
  readonly first: number;
  readonly weights: Float64Array;
}

let triangles: readonly Triangle[] | undefined;

function toTriangle(filter: Float64Array): Triangle {
  const first = filter.findIndex((weight) => weight > 0);
  return { first, weights: filter.slice(first, filter.findLastIndex((weight) => weight > 0) + 1) };
}

/** Power in each band, `melBands` numbers a frame, as librosa.feature.melspectrogram gives it for |X|. */
export function melSpectrogram(magnitude: Float64Array): Float64Array {
  triangles ??= melFilters().map(toTriangle);
  const frames = magnitude.length / bins;
  const out = new Float64Array(frames * melBands);
  const power = new Float64Array(bins);
  for (let j = 0; j < frames; j++) {
    for (let k = 0; k < bins; k++) power[k] = magnitude[j * bins + k]! ** 2;
    for (let band = 0; band < melBands; band++) {
      const { first, weights } = triangles[band]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[first + i]!;
      out[j * melBands + band] = sum;
    }
  }
  return out;
}
