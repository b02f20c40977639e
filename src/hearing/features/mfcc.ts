import { melBands } from './mel.ts';

export const mfccs = 40;

let cosines: Float64Array | undefined;

/**
 * The first 40 mel-frequency cepstral coefficients of one frame of `melBands` levels in dB: the orthonormal cosine
 * transform of type II (Davis and Mermelstein 1980; librosa.feature.mfcc without lifter). It is linear, so the
 * coefficients of the mean frame are the means of the coefficients.
 */
export function mfcc(levelsDb: Float64Array): Float64Array {
  cosines ??= Float64Array.from({ length: mfccs * melBands }, (_, at) => {
    const q = Math.floor(at / melBands);
    const band = at % melBands;
    const norm = Math.sqrt((q === 0 ? 1 : 2) / melBands);
    return norm * Math.cos((Math.PI * q * (2 * band + 1)) / (2 * melBands));
  });
  const out = new Float64Array(mfccs);
  for (let q = 0; q < mfccs; q++) {
    for (let band = 0; band < melBands; band++) out[q]! += cosines[q * melBands + band]! * levelsDb[band]!;
  }
  return out;
}
