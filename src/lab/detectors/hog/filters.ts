import { type FeatureMap, windowCells } from './features.ts';
import type { FilterPair } from './weights.ts';

const { fround } = Math;

/** How well the window that begins at each cell fits a view, before its threshold: row by row. */
export interface ViewSums {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/**
 * Correlates a map with a view's filter, plane by plane, as pairs of a row and a column of numbers; to the bit as
 * dlib does without fused multiply-add. A window at row r and column c of the result begins at row r and column c of
 * the map.
 */
export function correlate(map: FeatureMap, pairs: readonly FilterPair[]): ViewSums {
  const rows = map.rows - windowCells + 1;
  const columns = map.columns - windowCells + 1;
  const values = new Float32Array(rows * columns);
  const along = new Float32Array(map.rows * columns);
  for (const [index, { plane, row, column }] of pairs.entries()) {
    const from = plane * map.rows * map.columns;
    for (let r = 0; r < map.rows; r++) {
      weigh(map.values, from + r * map.columns, 1, row, along, r * columns, columns, false);
    }
    for (let r = 0; r < rows; r++) {
      weigh(along, r * columns, columns, column, values, r * columns, columns, index > 0);
    }
  }
  return { rows, columns, values };
}

/**
 * A row of weighted sums of ten numbers each, which lie `step` apart; added to what is there, or put in its place.
 * Of the columns that come in eights dlib sums up every third product by itself, of those that are left over all in
 * turn.
 */
function weigh(
  from: Float32Array,
  start: number,
  step: number,
  weights: Float32Array,
  to: Float32Array,
  at: number,
  columns: number,
  add: boolean,
): void {
  const w0 = weights[0]!;
  const w1 = weights[1]!;
  const w2 = weights[2]!;
  const w3 = weights[3]!;
  const w4 = weights[4]!;
  const w5 = weights[5]!;
  const w6 = weights[6]!;
  const w7 = weights[7]!;
  const w8 = weights[8]!;
  const w9 = weights[9]!;
  const inEights = columns - (columns % 8);
  for (let c = 0; c < columns; c++) {
    const p = start + c;
    const p0 = fround(from[p]! * w0);
    const p1 = fround(from[p + step]! * w1);
    const p2 = fround(from[p + 2 * step]! * w2);
    const p3 = fround(from[p + 3 * step]! * w3);
    const p4 = fround(from[p + 4 * step]! * w4);
    const p5 = fround(from[p + 5 * step]! * w5);
    const p6 = fround(from[p + 6 * step]! * w6);
    const p7 = fround(from[p + 7 * step]! * w7);
    const p8 = fround(from[p + 8 * step]! * w8);
    const p9 = fround(from[p + 9 * step]! * w9);
    let sum: number;
    if (c < inEights) {
      const first = fround(fround(fround(p0 + p3) + p6) + p9);
      const second = fround(fround(p1 + p4) + p7);
      const third = fround(fround(p2 + p5) + p8);
      sum = fround(first + fround(second + third));
    } else {
      const five = fround(fround(fround(fround(p0 + p1) + p2) + p3) + p4);
      sum = fround(fround(fround(fround(fround(five + p5) + p6) + p7) + p8) + p9);
    }
    to[at + c] = add ? to[at + c]! + sum : sum;
  }
}
