/** A matrix of which each row is zero but for one run of columns. */
export interface RunRows {
  /** First column of each row's run. */
  readonly first: Int32Array;
  /** Where each row's weights begin in `weights`; one entry more than rows. */
  readonly start: Int32Array;
  readonly weights: Float64Array;
}

/** Cuts each row to the run from its first to its last number that is not zero. */
export function toRunRows(rows: readonly Float64Array[]): RunRows {
  const first = new Int32Array(rows.length);
  const start = new Int32Array(rows.length + 1);
  const runs: number[] = [];
  for (const [i, row] of rows.entries()) {
    const from = Math.max(
      0,
      row.findIndex((value) => value !== 0),
    );
    const to = row.findLastIndex((value) => value !== 0) + 1;
    first[i] = from;
    for (let k = from; k < to; k++) runs.push(row[k]!);
    start[i + 1] = runs.length;
  }
  return { first, start, weights: Float64Array.from(runs) };
}

/** The product of row `row` with the vector that begins at `offset`. */
export function rowProduct(rows: RunRows, row: number, vector: Float64Array, offset: number): number {
  const { start, weights } = rows;
  const to = start[row + 1]!;
  let at = offset + rows.first[row]!;
  let sum = 0;
  for (let i = start[row]!; i < to; i++, at++) sum += weights[i]! * vector[at]!;
  return sum;
}
