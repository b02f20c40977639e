import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { PrincipalComponents } from './principal-components.ts';
import {
  checkFaces,
  type FaceRecogniser,
  type LabelledFaces,
  nearestRow,
  TrainingError,
} from './recogniser.ts';

/**
 * Fisherfaces as OpenCV's face module has them (P. Belhumeur, J. Hespanha, D. Kriegman, "Eigenfaces vs.
 * Fisherfaces", IEEE PAMI 19, 1997, 711-720): of n pictures of c people the first n - c principal components, in
 * those the c - 1 directions in which people lie apart most for how much each varies, and the nearest picture there.
 * A person's mean counts once between the people, however many pictures there are, as in OpenCV.
 *
 * The directions are eigenvectors of a matrix that is not symmetric, and their lengths, on which the distances
 * depend, are those that EISPACK's hqr2 leaves: OpenCV and ml-matrix both follow it.
 *
 * Throws TrainingError with fewer than two people, or when all have only one picture: then nothing tells how much a
 * face varies.
 */
export function trainFisherfaces(training: LabelledFaces): FaceRecogniser {
  checkFaces(training);
  const { faces, labels } = training;
  const people = [...new Set(labels)];
  if (people.length < 2) throw new TrainingError('Fisherfaces needs pictures of two people or more');
  if (faces.length === people.length) {
    throw new TrainingError('Fisherfaces needs a second picture of somebody: how much a face varies');
  }
  const space = new PrincipalComponents(faces, faces.length - people.length);
  const directions = discriminants(space.coordinates, labels, people);
  const project = (coordinates: Float64Array) =>
    Float64Array.from(directions, (direction) =>
      direction.reduce((sum, value, k) => sum + value * coordinates[k]!, 0),
    );
  const rows = space.coordinates.map(project);
  return {
    sizeBytes: space.sizeBytes + 8 * directions.length * (space.count + rows.length),
    nearest: (face) => nearestRow(rows, labels, project(space.project(face))),
  };
}

/** Fisher's directions, one less than the people, the most telling first; each as long as a row of `samples`. */
function discriminants(
  samples: readonly Float64Array[],
  labels: readonly number[],
  people: readonly number[],
): Float64Array[] {
  const length = samples[0]!.length;
  const total = meanOf(samples, length);
  const within = Matrix.zeros(length, length);
  const between = Matrix.zeros(length, length);
  for (const person of people) {
    const own = samples.filter((_, i) => labels[i] === person);
    const mean = meanOf(own, length);
    for (const sample of own) addSquare(within, difference(sample, mean));
    addSquare(between, difference(mean, total));
  }
  if (isSingular(within)) {
    throw new TrainingError('Fisherfaces needs pictures that differ: some people have the same one twice');
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(inverse(within).mmul(between));
  return realEigenvalues
    .map((value, column) => ({ value, column }))
    .sort((a, b) => b.value - a.value)
    .slice(0, people.length - 1)
    .map(({ column }) => Float64Array.from(eigenvectorMatrix.getColumn(column)));
}

/** Whether it cannot be inverted, for all that is left of it after rounding. For symmetric ones. */
function isSingular(matrix: Matrix): boolean {
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const leastShare = 1e-12;
  // The total of a matrix that is zero but for rounding is no measure, so a grey level squared is the least.
  return realEigenvalues[0]! < leastShare * Math.max(1, realEigenvalues.at(-1)!);
}

function meanOf(samples: readonly Float64Array[], length: number): Float64Array {
  const mean = new Float64Array(length);
  for (const sample of samples) for (let i = 0; i < length; i++) mean[i]! += sample[i]! / samples.length;
  return mean;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

/** matrix += vector vectorᵀ. */
function addSquare(matrix: Matrix, vector: Float64Array): void {
  for (let i = 0; i < vector.length; i++) {
    for (let j = 0; j < vector.length; j++) {
      matrix.set(i, j, matrix.get(i, j) + vector[i]! * vector[j]!);
    }
  }
}
