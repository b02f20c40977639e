import type { DistanceTable } from './distances.ts';

/**
 * The mean silhouette (P. J. Rousseeuw, J. Comput. Appl. Math. 20, 1987, 53-65) of rows with labels, by Euclidean
 * distance: near 1 where every row is much nearer to its own kind than to any other, 0 where kinds touch, below where
 * they are mixed. A row that is alone in its kind counts 0. NaN with fewer than two kinds.
 */
export function silhouette({ count, squared }: DistanceTable, labels: readonly string[]): number {
  const kinds = [...new Set(labels)];
  if (kinds.length < 2) return Number.NaN;
  const kindOf = labels.map((label) => kinds.indexOf(label));
  const sizes = kinds.map((_, kind) => kindOf.filter((other) => other === kind).length);
  const sums = new Float64Array(kinds.length);
  let total = 0;
  for (let i = 0; i < count; i++) {
    sums.fill(0);
    for (let j = 0; j < count; j++) sums[kindOf[j]!]! += Math.sqrt(squared[i * count + j]!);
    total += silhouetteOf(sums, sizes, kindOf[i]!);
  }
  return total / count;
}

function silhouetteOf(sums: Float64Array, sizes: readonly number[], own: number): number {
  if (sizes[own] === 1) return 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (const [kind, size] of sizes.entries()) {
    if (kind !== own && size > 0) nearest = Math.min(nearest, sums[kind]! / size);
  }
  const within = sums[own]! / (sizes[own]! - 1);
  const larger = Math.max(within, nearest);
  return larger === 0 ? 0 : (nearest - within) / larger;
}

/** A way to divide rows into groups without knowing whose they are. */
export interface Grouping {
  readonly groups: number;
  readonly silhouette: number;
}

/**
 * How many groups the rows fall into: groups are joined two by two, always those whose rows are nearest to each other on
 * average (R. R. Sokal, C. D. Michener, 1958), and of all the divisions met on the way the one with the largest mean
 * silhouette counts, from two groups to half as many as rows. Undefined below four rows.
 */
export function groupsOf({ count, squared }: DistanceTable): Grouping | undefined {
  if (count < 4) return undefined;
  const joining = new Joining(count, Float32Array.from(squared, Math.sqrt));
  let best: Grouping | undefined;
  for (let groups = count - 1; groups >= 2; groups--) {
    joining.joinNearest();
    if (groups > count / 2) continue;
    const now = joining.silhouette();
    if (best === undefined || now > best.silhouette) best = { groups, silhouette: now };
  }
  return best;
}

/** Rows in groups; `#sums` has of each row the sum of its distances to the rows of each group. */
class Joining {
  readonly #count: number;
  readonly #sums: Float32Array;
  /** Of groups: sum of the distances between the rows of two. */
  readonly #between: Float64Array;
  readonly #sizes: number[];
  readonly #groupOf: Uint32Array;
  /** Of each group the one that is nearest, and how near. */
  readonly #nearest: Int32Array;
  readonly #distance: Float64Array;
  #alive: number[];

  constructor(count: number, distances: Float32Array) {
    this.#count = count;
    this.#sums = distances;
    this.#between = Float64Array.from(distances);
    this.#sizes = new Array<number>(count).fill(1);
    this.#groupOf = Uint32Array.from({ length: count }, (_, i) => i);
    this.#nearest = new Int32Array(count);
    this.#distance = new Float64Array(count);
    this.#alive = Array.from({ length: count }, (_, i) => i);
    for (const group of this.#alive) this.#findNearest(group);
  }

  joinNearest(): void {
    let kept = this.#alive[0]!;
    for (const group of this.#alive) if (this.#distance[group]! < this.#distance[kept]!) kept = group;
    const gone = this.#nearest[kept]!;
    const n = this.#count;
    this.#alive = this.#alive.filter((group) => group !== gone);
    this.#sizes[kept]! += this.#sizes[gone]!;
    this.#sizes[gone] = 0;
    for (let i = 0; i < n; i++) {
      if (this.#groupOf[i] === gone) this.#groupOf[i] = kept;
      this.#sums[i * n + kept]! += this.#sums[i * n + gone]!;
    }
    for (const group of this.#alive) {
      const joined = this.#between[group * n + kept]! + this.#between[group * n + gone]!;
      this.#between[group * n + kept] = joined;
      this.#between[kept * n + group] = joined;
    }
    this.#findNearest(kept);
    for (const group of this.#alive) {
      if (group === kept) continue;
      const nearest = this.#nearest[group];
      if (nearest === kept || nearest === gone) this.#findNearest(group);
      // On average a joined group is never nearer than both of its parts were, so no other one can have become nearest.
    }
  }

  silhouette(): number {
    let total = 0;
    for (let i = 0; i < this.#count; i++) total += this.#silhouetteOf(i);
    return total / this.#count;
  }

  #findNearest(group: number): void {
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
    for (const other of this.#alive) {
      if (other === group) continue;
      const mean = this.#between[group * this.#count + other]! / (this.#sizes[group]! * this.#sizes[other]!);
      if (mean < least) [nearest, least] = [other, mean];
    }
    this.#nearest[group] = nearest;
    this.#distance[group] = least;
  }

  #silhouetteOf(i: number): number {
    const own = this.#groupOf[i]!;
    if (this.#sizes[own] === 1) return 0;
    const row = i * this.#count;
    let nearest = Number.POSITIVE_INFINITY;
    for (const group of this.#alive) {
      if (group === own) continue;
      nearest = Math.min(nearest, this.#sums[row + group]! / this.#sizes[group]!);
    }
    const within = this.#sums[row + own]! / (this.#sizes[own]! - 1);
    const larger = Math.max(within, nearest);
    return larger === 0 ? 0 : (nearest - within) / larger;
  }
}
