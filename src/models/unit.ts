/** The direction of the vectors' sum, which is that of their mean, with length 1. The zero vector stays. */
export function unitSum(vectors: readonly Float32Array[]): Float32Array {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  let square = 0;
  for (const value of sum) square += value * value;
  const length = Math.sqrt(square);
  if (length > 0) for (let i = 0; i < sum.length; i++) sum[i]! /= length;
  return sum;
}
