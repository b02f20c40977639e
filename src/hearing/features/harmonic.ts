import { medianReach, slidingMedians } from './median.ts';
import { bins, istft, magnitudes, type Spectrogram, stft, tiny } from './stft.ts';

/**
 * The part of a signal that holds its pitch: librosa.effects.harmonic, of the same length. Harmonics are lines along
 * time and beats are lines along frequency, so the medians along each of the two tell them apart (Fitzgerald 2010); a
 * soft mask of power 2 takes the share of the first (Driedger and others 2014).
 *
 * @param spectrogram stft of the signal, and its magnitudes; both as they come are left alone.
 */
export function harmonic(spectrogram: Spectrogram, magnitude: Float64Array, length: number): Float64Array {
  const { frames, values } = spectrogram;
  const alongTime = mediansAlongTime(magnitude, frames);
  const masked = new Float64Array(values.length);
  const alongFrequency = new Float64Array(bins);
  const padded = new Float64Array(bins + 2 * medianReach);
  for (let j = 0; j < frames; j++) {
    const row = magnitude.subarray(j * bins, (j + 1) * bins);
    padMirrored(row, padded);
    slidingMedians(padded, bins, alongFrequency);
    for (let k = 0; k < bins; k++) {
      const at = j * bins + k;
      const share = softMask(alongTime[at]!, alongFrequency[k]!);
      masked[2 * at] = share * values[2 * at]!;
      masked[2 * at + 1] = share * values[2 * at + 1]!;
    }
  }
  return istft({ frames, values: masked }, length);
}

/** The share of the harmonic part where both medians are known: squared, of the sum of squares. */
function softMask(harm: number, percussive: number): number {
  const greater = Math.max(harm, percussive);
  if (greater < tiny) return 0.5;
  const h = (harm / greater) ** 2;
  const p = (percussive / greater) ** 2;
  return h / (h + p);
}

function mediansAlongTime(magnitude: Float64Array, frames: number): Float64Array {
  const out = new Float64Array(magnitude.length);
  const column = new Float64Array(frames);
  const medians = new Float64Array(frames);
  const padded = new Float64Array(frames + 2 * medianReach);
  for (let k = 0; k < bins; k++) {
    for (let j = 0; j < frames; j++) column[j] = magnitude[j * bins + k]!;
    padMirrored(column, padded);
    slidingMedians(padded, frames, medians);
    for (let j = 0; j < frames; j++) out[j * bins + k] = medians[j]!;
  }
  return out;
}

/** Continues a line at both ends with its mirror image, the end itself repeated: d c b a | a b c d | d c b a. */
function padMirrored(line: Float64Array, padded: Float64Array): void {
  const { length } = line;
  padded.set(line, medianReach);
  for (let i = 1; i <= medianReach; i++) {
    // A short line is mirrored again and again.
    padded[medianReach - i] = line[mirrored(-i, length)]!;
    padded[medianReach + length - 1 + i] = line[mirrored(length - 1 + i, length)]!;
  }
}

function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const within = ((index % period) + period) % period;
  return within < length ? within : period - 1 - within;
}

/** The same from the signal alone. */
export function harmonicOf(signal: Float64Array): Float64Array {
  const spectrogram = stft(signal);
  return harmonic(spectrogram, magnitudes(spectrogram), signal.length);
}
