import { slidingMedians } from './median.ts';
import { bins, istft, type Spectrogram, tiny } from './stft.ts';

/**
 * The part of a signal that holds its pitch: librosa.effects.harmonic, of the same length. Harmonics are lines along
 * time and beats are lines along frequency, so the medians of 31 frames and of 31 bins tell them apart (Fitzgerald
 * 2010); a soft mask of power 2 takes the share of the first (Driedger and others 2014).
 *
 * The medians are of single precision, as librosa's are.
 *
 * @param spectrogram stft of the signal; it holds that of the harmonic part afterwards.
 * @param magnitude of the spectrogram.
 * @param length of the signal, in samples.
 */
export function harmonic(spectrogram: Spectrogram, magnitude: Float64Array, length: number): Float64Array {
  const { frames, values } = spectrogram;
  const single = new Float32Array(magnitude);
  const alongTime = mediansDown(single, bins);
  const alongFrequency = transposed(mediansDown(transposed(single, bins), frames), frames);
  for (let at = 0; at < single.length; at++) {
    const share = harmonicShare(alongTime[at]!, alongFrequency[at]!);
    values[2 * at]! *= share;
    values[2 * at + 1]! *= share;
  }
  return istft(spectrogram, length);
}

/** Of what is there, by both medians: the square of the first, of the sum of squares; half of nothing. */
function harmonicShare(alongTime: number, alongFrequency: number): number {
  const greater = Math.max(alongTime, alongFrequency);
  if (greater < tiny) return 0.5;
  const harmonicPart = (alongTime / greater) ** 2;
  const percussivePart = (alongFrequency / greater) ** 2;
  return harmonicPart / (harmonicPart + percussivePart);
}

function mediansDown(matrix: Float32Array<ArrayBuffer>, columns: number): Float32Array<ArrayBuffer> {
  const medians = new Float32Array(matrix.length);
  slidingMedians(new Int32Array(matrix.buffer), columns, new Int32Array(medians.buffer));
  return medians;
}

/** Side of the squares that are turned one after the other, so that reads and writes stay near each other. */
const square = 32;

function transposed(matrix: Float32Array, columns: number): Float32Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  const out = new Float32Array(matrix.length);
  for (let top = 0; top < rows; top += square) {
    for (let left = 0; left < columns; left += square) {
      for (let row = top; row < Math.min(rows, top + square); row++) {
        for (let column = left; column < Math.min(columns, left + square); column++) {
          out[column * rows + row] = matrix[row * columns + column]!;
        }
      }
    }
  }
  return out;
}
