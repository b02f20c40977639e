import { bins, featureRateHz, frameLength, tiny } from './stft.ts';

export const pitchClasses = 12;

/** Weight falls off from the fifth octave above C-1, by a bell two octaves wide. */
const centreOctave = 5;
const octaveWidth = 2;
/** Classes are counted from A in the formulas and from C in the result. */
const classOfC = 3;

const banks = new Map<number, Float64Array>();

/**
 * How much each of `bins` frequencies belongs to each pitch class, C first: 12 rows of `bins` weights, as
 * librosa.filters.chroma(sr=22050, n_fft=2048, tuning) makes them after Ellis (Chroma feature analysis, 2007). A bell
 * around the nearest octave of the class, one semitone wide or as wide as the bins lie apart; columns of length 1.
 *
 * @param tuning in semitones.
 */
export function chromaFilters(tuning: number): Float64Array {
  const kept = banks.get(tuning);
  if (kept !== undefined) return kept;
  const a0Hz = (440 * 2 ** (tuning / pitchClasses)) / 16;
  const semitone = (j: number) => pitchClasses * Math.log2((j * featureRateHz) / frameLength / a0Hz);
  // 0 Hz has no pitch: it is put one and a half octaves below the first bin.
  const pitch = (j: number) => (j === 0 ? semitone(1) - 1.5 * pitchClasses : semitone(j));
  const bank = new Float64Array(pitchClasses * bins);
  for (let j = 0; j < bins; j++) {
    const here = pitch(j);
    const width = Math.max(1, pitch(j + 1) - here);
    const weight = Math.exp(-0.5 * ((here / pitchClasses - centreOctave) / octaveWidth) ** 2);
    let square = 0;
    for (let c = 0; c < pitchClasses; c++) {
      const turn = here - (c + classOfC) + pitchClasses / 2;
      const distance = turn - pitchClasses * Math.floor(turn / pitchClasses) - pitchClasses / 2;
      const value = Math.exp(-0.5 * ((2 * distance) / width) ** 2);
      bank[c * bins + j] = value;
      square += value * value;
    }
    const norm = weight / Math.sqrt(square);
    for (let c = 0; c < pitchClasses; c++) bank[c * bins + j]! *= norm;
  }
  banks.set(tuning, bank);
  return bank;
}

/**
 * Energy of the pitch classes, 12 numbers a frame, the greatest of each frame 1; silent frames are 0. As
 * librosa.feature.chroma_stft(S=|X|): the magnitude is used as it is given, not its square.
 */
export function chroma(magnitude: Float64Array, tuning: number): Float64Array {
  const bank = chromaFilters(tuning);
  const frames = magnitude.length / bins;
  const out = new Float64Array(frames * pitchClasses);
  for (let j = 0; j < frames; j++) {
    for (let c = 0; c < pitchClasses; c++) {
      // Two sums at a time keep the processor's adders busy; the last bin is left over.
      let even = bank[c * bins + bins - 1]! * magnitude[j * bins + bins - 1]!;
      let odd = 0;
      for (let k = 0; k < bins - 1; k += 2) {
        even += bank[c * bins + k]! * magnitude[j * bins + k]!;
        odd += bank[c * bins + k + 1]! * magnitude[j * bins + k + 1]!;
      }
      out[j * pitchClasses + c] = even + odd;
    }
  }
  scaleToGreatest(out, pitchClasses);
  return out;
}

/** Divides each frame of `columns` non-negative numbers by its greatest, where that is more than nothing. */
export function scaleToGreatest(matrix: Float64Array, columns: number): void {
  for (let at = 0; at < matrix.length; at += columns) {
    let greatest = 0;
    for (let i = 0; i < columns; i++) greatest = Math.max(greatest, matrix[at + i]!);
    if (greatest < tiny) continue;
    for (let i = 0; i < columns; i++) matrix[at + i]! /= greatest;
  }
}
