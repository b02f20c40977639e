import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { checkSize } from './recogniser.ts';

/** A component whose variance is this much smaller than the largest one's is rounding noise: it has no direction. */
const leastVariance = 1e-12;

/**
 * Principal components of pictures that are fewer than their pixels, found and used without ever writing down a
 * component: with X the n centred pictures as rows, X Xᵀ = U Λ Uᵀ is only n by n, the components are the columns of
 * Xᵀ U Λ^-1/2 (M. Turk and A. Pentland, "Eigenfaces for recognition", J. Cognitive Neuroscience 3, 1991, 71-86), and
 * so the coordinates of a picture y are Λ^-1/2 Uᵀ X (y - mean), which needs its products with the n pictures alone.
 * Those are sums of whole numbers, and exact.
 */
export class PrincipalComponents {
  /** The coordinates of the pictures it was made of, one row each, the component of most variance first. */
  readonly coordinates: readonly Float64Array[];
  /** At most one less than the pictures; less where some are the same. */
  readonly count: number;
  readonly sizeBytes: number;
  readonly #faces: readonly Uint8Array[];
  /** Uᵀ scaled by Λ^-1/2: a row a component. */
  readonly #toCoordinates: readonly Float64Array[];
  /** Of the products of each picture with all of them, and of those means. */
  readonly #productMeans: Float64Array;
  readonly #meanOfMeans: number;

  /** `faces` are one or more, of one size; at most `count` components are kept. */
  constructor(faces: readonly Uint8Array[], count = Number.POSITIVE_INFINITY) {
    const n = faces.length;
    const products = new Matrix(n, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        const product = dot(faces[i]!, faces[j]!);
        products.set(i, j, product);
        products.set(j, i, product);
      }
    }
    this.#faces = faces;
    this.#productMeans = Float64Array.from(products.mean('row'));
    this.#meanOfMeans = products.mean();
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const centred =
          products.get(i, j) - this.#productMeans[i]! - this.#productMeans[j]! + this.#meanOfMeans;
        products.set(i, j, centred);
      }
    }
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(products, {
      assumeSymmetric: true,
    });
    // The library gives them rising.
    const largest = realEigenvalues[n - 1]!;
    const kept = realEigenvalues
      .map((value, column) => ({ value, column }))
      .filter(({ value }) => value > largest * leastVariance)
      .reverse()
      .slice(0, count);
    const columns = kept.map(({ column }) => Float64Array.from(eigenvectorMatrix.getColumn(column)));
    const roots = kept.map(({ value }) => Math.sqrt(value));
    this.count = kept.length;
    this.#toCoordinates = columns.map((column, k) => column.map((value) => value / roots[k]!));
    this.coordinates = faces.map((_, face) =>
      Float64Array.from(columns, (column, k) => column[face]! * roots[k]!),
    );
    this.sizeBytes = n * faces[0]!.length + 8 * (n + n * this.count);
  }

  /** The coordinates of another picture of the same size. */
  project(face: Uint8Array): Float64Array {
    checkSize(face, this.#faces[0]!.length);
    const products = Float64Array.from(this.#faces, (known) => dot(known, face));
    const mean = products.reduce((sum, product) => sum + product, 0) / products.length;
    const centred = products.map((product, i) => product - mean - this.#productMeans[i]! + this.#meanOfMeans);
    return Float64Array.from(this.#toCoordinates, (row) => weightedSum(row, centred));
  }
}

/** Exact up to 33,000 pixels: 32 bits hold that many products of two bytes. Longer ones are summed in parts. */
function dot(a: Uint8Array, b: Uint8Array): number {
  const longest = 32_768;
  let total = 0;
  for (let from = 0; from < a.length; from += longest) {
    total += dotOfPart(a, b, from, Math.min(a.length, from + longest));
  }
  return total;
}

function dotOfPart(a: Uint8Array, b: Uint8Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum = (sum + Math.imul(a[i]!, b[i]!)) | 0;
  return sum;
}

function weightedSum(weights: Float64Array, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[i]!;
  return sum;
}
