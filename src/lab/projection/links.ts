/** The rows of a sparse symmetric matrix: `columns` and `values` of row i from `starts[i]` to `starts[i + 1]`. */
export interface Links {
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

/** `rows[i]` has what i says of others; `join` makes one value of what both say, 0 where one is silent. */
export function symmetric(
  rows: readonly ReadonlyMap<number, number>[],
  join: (there: number, back: number) => number,
): Links {
  const joined = rows.map(() => new Map<number, number>());
  for (const [i, row] of rows.entries()) {
    for (const [j, value] of row) {
      const both = join(value, rows[j]!.get(i) ?? 0);
      joined[i]!.set(j, both);
      joined[j]!.set(i, both);
    }
  }
  const starts = new Uint32Array(rows.length + 1);
  for (const [i, row] of joined.entries()) starts[i + 1] = starts[i]! + row.size;
  const sorted = joined.flatMap((row) => [...row].sort(([a], [b]) => a - b));
  return {
    starts,
    columns: Uint32Array.from(sorted, ([column]) => column),
    values: Float64Array.from(sorted, ([, value]) => value),
  };
}
