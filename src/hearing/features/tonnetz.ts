import { pitchClasses, scaleToGreatest } from './chroma.ts';
import { cqtBins, cqtBinsPerOctave } from './cqt.ts';
import { tiny } from './stft.ts';

export const tonnetzAxes = 6;

/** Half turns a semitone, and radius, of the circles of fifths, minor thirds and major thirds. */
const circles = [
  { halfTurns: 7 / 6, radius: 1 },
  { halfTurns: 3 / 2, radius: 1 },
  { halfTurns: 2 / 3, radius: 0.5 },
] as const;

/** On each circle the sine, then the cosine of a pitch class. */
const axes: readonly Float64Array[] = circles.flatMap(({ halfTurns, radius }) =>
  [0.5, 0].map((lag) =>
    Float64Array.from({ length: pitchClasses }, (_, c) => radius * Math.cos(Math.PI * (halfTurns * c - lag))),
  ),
);

/**
 * Where each frame lies among fifths and thirds, 6 numbers a frame (Harte, Sandler and Gasser 2006), as
 * librosa.feature.tonnetz: the centroid of its pitch classes on three circles.
 *
 * @param constantQ magnitudes from C on, `cqtBins` a frame.
 */
export function tonnetz(constantQ: Float64Array): Float64Array {
  const classes = foldOctaves(constantQ);
  const frames = classes.length / pitchClasses;
  const out = new Float64Array(frames * tonnetzAxes);
  for (let j = 0; j < frames; j++) {
    let sum = 0;
    for (let c = 0; c < pitchClasses; c++) sum += classes[j * pitchClasses + c]!;
    const norm = sum < tiny ? 1 : sum;
    for (const [axis, weights] of axes.entries()) {
      let value = 0;
      for (let c = 0; c < pitchClasses; c++) value += weights[c]! * classes[j * pitchClasses + c]!;
      out[j * tonnetzAxes + axis] = value / norm;
    }
  }
  return out;
}

/** The three bins around each semitone of all octaves added, C first, the greatest of a frame 1 (chroma_cqt). */
function foldOctaves(constantQ: Float64Array): Float64Array {
  const perClass = cqtBinsPerOctave / pitchClasses;
  const frames = constantQ.length / cqtBins;
  const classes = new Float64Array(frames * pitchClasses);
  for (let j = 0; j < frames; j++) {
    for (let bin = 0; bin < cqtBins; bin++) {
      const c = Math.floor((bin + 1) / perClass) % pitchClasses;
      classes[j * pitchClasses + c]! += constantQ[j * cqtBins + bin]!;
    }
  }
  scaleToGreatest(classes, pitchClasses);
  return classes;
}
