/** Rounds of the power iteration: the plane only has to be a good beginning, not an exact one. */
const rounds = 60;

/**
 * Where the rows lie on their two directions of largest variance: x, y of each row in turn, scaled so that x has the
 * standard deviation `deviation`. t-SNE and UMAP that begin there keep more of how groups lie to each other than from a
 * random beginning (D. Kobak, P. Berens, Nature Communications 10, 2019, 5416). `random` gives the first guess, and
 * moves rows apart that are the same.
 */
export function principalPlane(
  rows: readonly Float32Array[],
  deviation: number,
  random: () => number,
): Float64Array {
  const length = rows[0]?.length ?? 0;
  const mean = new Float64Array(length);
  for (const row of rows) for (let k = 0; k < length; k++) mean[k]! += row[k]! / rows.length;
  const centred = rows.map((row) => Float64Array.from(row, (value, k) => value - mean[k]!));
  const first = direction(centred, length, random, undefined);
  const second = direction(centred, length, random, first);
  const plane = new Float64Array(2 * rows.length);
  for (const [i, row] of centred.entries()) {
    plane[2 * i] = dot(row, first);
    plane[2 * i + 1] = dot(row, second);
  }
  let squares = 0;
  for (let i = 0; i < plane.length; i += 2) squares += plane[i]! ** 2;
  const spread = Math.sqrt(squares / Math.max(1, rows.length));
  const scale = spread === 0 ? 0 : deviation / spread;
  return plane.map((value) => value * scale + (random() - 0.5) * 0.02 * deviation);
}

/** The direction of largest variance at right angles to `other`, of length 1. */
function direction(
  centred: readonly Float64Array[],
  length: number,
  random: () => number,
  other: Float64Array | undefined,
): Float64Array {
  let guess = unit(Float64Array.from({ length }, () => random() - 0.5));
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(length);
    for (const row of centred) {
      const along = dot(row, guess);
      for (let k = 0; k < length; k++) next[k]! += along * row[k]!;
    }
    if (other !== undefined) {
      const shared = dot(next, other);
      for (let k = 0; k < length; k++) next[k]! -= shared * other[k]!;
    }
    // Rows that are all the same have no direction.
    if (dot(next, next) === 0) return guess;
    guess = unit(next);
  }
  return guess;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function unit(vector: Float64Array): Float64Array {
  const size = Math.sqrt(dot(vector, vector));
  return size === 0 ? vector : vector.map((value) => value / size);
}
