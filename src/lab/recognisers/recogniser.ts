/** Square 8-bit grey pictures of one size, row by row, and whose each is. */
export interface LabelledFaces {
  readonly faces: readonly Uint8Array[];
  /** One a face. */
  readonly labels: readonly number[];
}

/** Whose picture of those learnt from is nearest, and how far it is: 0 is the picture itself. */
export interface Nearest {
  readonly label: number;
  /** What OpenCV calls confidence. Comparable only within one kind of recogniser. */
  readonly distance: number;
}

/** One of the methods from before the networks, after training. */
export interface FaceRecogniser {
  /** Of the numbers that it keeps. */
  readonly sizeBytes: number;
  /** Of equal distances the first picture learnt from wins. Throws RangeError for a picture of another size. */
  nearest(face: Uint8Array): Nearest;
}

/** These pictures cannot be learnt from by this method; the message says why. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

/** Throws TrainingError when there is nothing to learn from, RangeError when the faces do not go together. */
export function checkFaces({ faces, labels }: LabelledFaces): void {
  if (faces.length === 0) throw new TrainingError('there is no picture to learn from');
  if (labels.length !== faces.length) throw new RangeError(`${labels.length} labels, ${faces.length} faces`);
  for (const face of faces) checkSize(face, faces[0]!.length);
}

/** Throws RangeError. */
export function checkSize(face: Uint8Array, length: number): void {
  if (face.length !== length) throw new RangeError(`a face of ${face.length} px among those of ${length} px`);
}

/** The row of `rows` (one a label, each as long as `vector`) with the least Euclidean distance to it. */
export function nearestRow(
  rows: readonly Float64Array[],
  labels: readonly number[],
  vector: Float64Array,
): Nearest {
  let least = Number.POSITIVE_INFINITY;
  let best = -1;
  for (let row = 0; row < rows.length; row++) {
    const square = squaredDistance(rows[row]!, vector);
    if (square >= least) continue;
    least = square;
    best = row;
  }
  return { label: labels[best]!, distance: Math.sqrt(least) };
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    sum += difference * difference;
  }
  return sum;
}
