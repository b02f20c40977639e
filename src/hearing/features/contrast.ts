import { powerToDb } from './decibel.ts';
import { bins, featureRateHz, frameLength } from './stft.ts';

export const contrastBands = 7;
const firstEdgeHz = 200;
const quantile = 0.02;

/** Where a band lies, and how many of its bins are its peaks, and its valleys. */
interface Band {
  readonly from: number;
  readonly to: number;
  readonly extremes: number;
}

/**
 * 0 to 200 Hz, then octaves, the last to half the rate. A band takes in the bin under its lower edge; all but the last
 * leave out their highest bin, which still counts for the quantile.
 */
const bands: readonly Band[] = Array.from({ length: contrastBands }, (_, band) => {
  const hzPerBin = featureRateHz / frameLength;
  const lowHz = band === 0 ? 0 : firstEdgeHz * 2 ** (band - 1);
  const from = Math.ceil(lowHz / hzPerBin) - (band === 0 ? 0 : 1);
  const isLast = band === contrastBands - 1;
  const beyond = isLast ? bins : Math.floor((firstEdgeHz * 2 ** band) / hzPerBin) + 1;
  return {
    from,
    to: isLast ? beyond : beyond - 1,
    extremes: Math.max(1, Math.round(quantile * (beyond - from))),
  };
});

/**
 * Level of the peaks over that of the valleys in each octave, dB, 7 numbers a frame: the means of the greatest and the
 * least 2 % of the bins (Jiang and others 2002), as librosa.feature.spectral_contrast(S=|X|), which takes ten times the
 * logarithm although the values are magnitudes.
 */
export function spectralContrast(magnitude: Float64Array): Float64Array {
  const frames = magnitude.length / bins;
  const peaks = new Float64Array(frames * contrastBands);
  const valleys = new Float64Array(frames * contrastBands);
  const most = Math.max(...bands.map(({ extremes }) => extremes));
  const greatest = new Float64Array(most);
  const least = new Float64Array(most);
  for (const [band, { from, to, extremes }] of bands.entries()) {
    for (let j = 0; j < frames; j++) {
      const first = j * bins + from;
      const end = j * bins + to;
      greatest.fill(Number.NEGATIVE_INFINITY);
      least.fill(Number.POSITIVE_INFINITY);
      // Both lists are sorted; what is better than the last pushes it out. Most sounds fall off with frequency, so the
      // greatest come first from below, the least from above, and little is pushed out again.
      for (let at = first; at < end; at++) {
        const value = magnitude[at]!;
        if (value <= greatest[extremes - 1]!) continue;
        let i = extremes - 1;
        for (; i > 0 && greatest[i - 1]! < value; i--) greatest[i] = greatest[i - 1]!;
        greatest[i] = value;
      }
      for (let at = end - 1; at >= first; at--) {
        const value = magnitude[at]!;
        if (value >= least[extremes - 1]!) continue;
        let i = extremes - 1;
        for (; i > 0 && least[i - 1]! > value; i--) least[i] = least[i - 1]!;
        least[i] = value;
      }
      let peak = 0;
      let valley = 0;
      for (let i = 0; i < extremes; i++) {
        peak += greatest[i]!;
        valley += least[i]!;
      }
      peaks[j * contrastBands + band] = peak / extremes;
      valleys[j * contrastBands + band] = valley / extremes;
    }
  }
  const contrast = powerToDb(peaks);
  const valleysDb = powerToDb(valleys);
  for (let i = 0; i < contrast.length; i++) contrast[i]! -= valleysDb[i]!;
  return contrast;
}
