/** The mean frame of `columns` numbers. */
export function meanFrame(matrix: Float64Array, columns: number): Float64Array {
  const mean = new Float64Array(columns);
  const frames = matrix.length / columns;
  for (let j = 0; j < frames; j++) {
    for (let i = 0; i < columns; i++) mean[i]! += matrix[j * columns + i]!;
  }
  for (let i = 0; i < columns; i++) mean[i]! /= frames;
  return mean;
}
