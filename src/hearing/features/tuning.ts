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

/**
 * How far the sound is tuned from A = 440 Hz, in shares of one of `binsPerOctave` steps, -0.5 to 0.49 in hundredths:
 * librosa.estimate_tuning. 0 where there is no peak.
 *
 * @param magnitude |X|, `bins` numbers a frame.
 */
export function estimateTuning(magnitude: Float64Array, binsPerOctave: number): number {
  const { pitchHz, level } = spectralPeaks(magnitude);
  const threshold = median(level);
  const counts = new Int32Array(steps);
  for (let i = 0; i < level.length; i++) {
    if (level[i]! < threshold) continue;
    const semitones = binsPerOctave * Math.log2(pitchHz[i]! / a0Hz);
    const above = semitones - Math.floor(semitones);
    counts[stepOf(above >= 0.5 ? above - 1 : above)]!++;
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
function spectralPeaks(magnitude: Float64Array): { pitchHz: Float64Array; level: Float64Array } {
  const frames = magnitude.length / bins;
  // Of two neighbours one at most is a peak.
  const room = frames * Math.ceil((lastBin - firstBin + 1) / 2);
  const pitchHz = new Float64Array(room);
  const level = new Float64Array(room);
  let peaks = 0;
  for (let j = 0; j < frames; j++) {
    const at = j * bins;
    let greatest = 0;
    for (let k = 0; k < bins; k++) greatest = Math.max(greatest, magnitude[at + k]!);
    const least = loudEnough * greatest;
    for (let k = firstBin; k <= lastBin; k++) {
      const here = magnitude[at + k]!;
      const before = magnitude[at + k - 1]!;
      const after = magnitude[at + k + 1]!;
      // Neighbours that are not loud enough count as 0, and so are below.
      if (here <= least || here < after || (here <= before && before > least)) continue;
      const slope = (after - before) / 2;
      const bend = after + before - 2 * here;
      const shift = Math.abs(slope) >= Math.abs(bend) ? 0 : -slope / bend;
      pitchHz[peaks] = (k + shift) * hzPerBin;
      level[peaks] = here + 0.5 * slope * shift;
      peaks++;
    }
  }
  return { pitchHz: pitchHz.subarray(0, peaks), level: level.subarray(0, peaks) };
}

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
