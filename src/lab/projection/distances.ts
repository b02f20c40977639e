/** Squared Euclidean distances of all rows to one another: `count` x `count`, symmetric, zeros on the diagonal. */
export interface DistanceTable {
  readonly count: number;
  readonly squared: Float32Array;
}

/** Every row has the same length. Takes 4 bytes a pair: 36 MB for 3,000 rows. */
export function distancesOf(rows: readonly ArrayLike<number>[]): DistanceTable {
  const count = rows.length;
  const squared = new Float32Array(count * count);
  for (let i = 0; i < count; i++) fillRow(rows, i, squared);
  return { count, squared };
}

/** A function of its own, called often, so that it is compiled. */
function fillRow(rows: readonly ArrayLike<number>[], i: number, squared: Float32Array): void {
  const count = rows.length;
  const row = rows[i]!;
  for (let j = 0; j < i; j++) {
    const other = rows[j]!;
    let sum = 0;
    for (let k = 0; k < row.length; k++) sum += (row[k]! - other[k]!) ** 2;
    squared[i * count + j] = sum;
    squared[j * count + i] = sum;
  }
}

/** For each row the `most` nearest others (all of them where there are fewer), nearest first, ties by index. */
export function nearestNeighbours({ count, squared }: DistanceTable, most: number): Uint32Array[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return order.map((i) => {
    const row = squared.subarray(i * count, (i + 1) * count);
    const others = order.filter((j) => j !== i).sort((a, b) => row[a]! - row[b]! || a - b);
    return Uint32Array.from(others.slice(0, most));
  });
}
