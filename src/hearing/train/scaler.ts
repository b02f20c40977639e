/** What brings each feature to mean 0 and standard deviation 1; both lists have one number a feature. */
export interface Scaler {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/**
 * Mean and population standard deviation (divided by n) of each column, in double precision, as scikit-learn's
 * StandardScaler has them. A column that is constant, or varies by no more than rounding does, is divided by 1.
 * Vectors of one length, at least one.
 */
export function fitScaler(vectors: readonly Float32Array[]): Scaler {
  const count = vectors.length;
  const columns = vectors[0]?.length ?? 0;
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (const vector of vectors) for (let i = 0; i < columns; i++) mean[i]! += vector[i]!;
  for (let i = 0; i < columns; i++) mean[i]! /= count;
  for (const vector of vectors) for (let i = 0; i < columns; i++) scale[i]! += (vector[i]! - mean[i]!) ** 2;
  for (let i = 0; i < columns; i++) {
    const variance = scale[i]! / count;
    // The bound of rounding in the sums above (scikit-learn, _is_constant_feature).
    const rounding = count * Number.EPSILON * variance + (count * mean[i]! * Number.EPSILON) ** 2;
    scale[i] = variance <= rounding ? 1 : Math.sqrt(variance);
  }
  return { mean, scale };
}

/** (x - mean) / scale, in the order in which the network's file does it: single precision throughout. */
export function scaled(vector: Float32Array, { mean, scale }: Scaler): Float32Array {
  return vector.map((value, i) => Math.fround(value - Math.fround(mean[i]!)) * Math.fround(1 / scale[i]!));
}
