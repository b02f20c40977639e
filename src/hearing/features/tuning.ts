import { bins, featureRateHz, frameLength } from './stft.ts';

/** Peaks are sought from 150 Hz to below 4000 Hz, where they pass a tenth of the frame's greatest magnitude. */
const lowestHz = 150;
const highestHz = 4000;
const loudEnough = 0.1;
const hzPerBin = featureRateHz / frameLength;
const firstBin = Math.ceil(lowestHz / hzPerBin);
const lastBin = Math.ceil(highestHz / hzPerBin) - 1;

const steps = 100;
const a0Hz = 27.5;

const { fround } = Math;

/**
 * How far the sound is tuned from A = 440 Hz, in shares of one of `binsPerOctave` steps, -0.5 to 0.49 in hundredths:
 * librosa.estimate_tuning. 0 where there is no peak.
 *
 * Peaks near the edge of a hundredth and near the median fall to this side or that by their last bits, and with many
 * peaks all over the scale a few decide which hundredth is the fullest; so each step is rounded to single precision
 * where librosa's is.
 *
 * @param magnitude |X|, `bins` numbers a frame.
 */
export function estimateTuning(magnitude: Float64Array, binsPerOctave: number): number {
  const { pitchHz, level } = spectralPeaks(magnitude);
  const threshold = median(level);
  const counts = new Int32Array(steps);
  for (let i = 0; i < level.length; i++) {
    if (level[i]! < threshold) continue;
    const octaves = fround(Math.log2(fround(pitchHz[i]! / a0Hz)));
    const above = fround(binsPerOctave * octaves);
    const residual = above - Math.floor(above);
    counts[stepOf(residual >= 0.5 ? residual - 1 : residual)]!++;
  }
  // The first of the fullest: ties go to the lower tuning. Without a peak all are empty and it is in tune.
  const fullest = counts.reduce((best, count, step) => (count > counts[best]! ? step : best), 0);
  return level.length === 0 ? 0 : lowerEdge(fullest);
}

function lowerEdge(step: number): number {
  return -0.5 + step * 0.01;
}

/** The step that holds the value: from its lower edge to below the next one's. */
function stepOf(value: number): number {
  const step = Math.min(steps - 1, Math.max(0, Math.floor((value + 0.5) * steps)));
  if (value < lowerEdge(step)) return Math.max(0, step - 1);
  return step + 1 < steps && value >= lowerEdge(step + 1) ? step + 1 : step;
}

/** Peaks of all frames, their place and height refined by a parabola through three bins (librosa.piptrack). */
function spectralPeaks(magnitude: Float64Array): { pitchHz: Float32Array; level: Float32Array } {
  const frames = magnitude.length / bins;
  // Of two neighbours one at most is a peak.
  const room = frames * Math.ceil((lastBin - firstBin + 1) / 2);
  const pitchHz = new Float32Array(room);
  const level = new Float32Array(room);
  const frame = new Float32Array(bins);
  let peaks = 0;
  for (let j = 0; j < frames; j++) {
    let greatest = 0;
    for (let k = 0; k < bins; k++) {
      frame[k] = magnitude[j * bins + k]!;
      greatest = Math.max(greatest, frame[k]!);
    }
    const least = fround(loudEnough * greatest);
    for (let k = firstBin; k <= lastBin; k++) {
      const here = frame[k]!;
      const before = frame[k - 1]!;
      const after = frame[k + 1]!;
      // Neighbours that are not loud enough count as 0, and so are below.
      if (here <= least || here < after || (here <= before && before > least)) continue;
      const slope = fround(after - before) / 2;
      const bend = fround(after + before) - 2 * here;
      const shift = Math.abs(slope) >= Math.abs(bend) ? 0 : fround(-slope / bend);
      pitchHz[peaks] = (k + shift) * hzPerBin;
      level[peaks] = here + fround(0.5 * slope * shift);
      peaks++;
    }
  }
  return { pitchHz: pitchHz.subarray(0, peaks), level: level.subarray(0, peaks) };
}

function median(values: Float32Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[half]! : fround(sorted[half - 1]! + sorted[half]!) / 2;
}
