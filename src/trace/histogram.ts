/** Two neighbouring buckets are this much apart: what is said of the values is true to one per cent. */
const growth = 1.02;

/** Counts durations in buckets that grow with them, so that any number of them takes little memory. */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = 0;

  add(value: number): void {
    const bucket = value <= 0 ? Number.NEGATIVE_INFINITY : Math.round(Math.log(value) / Math.log(growth));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#max = Math.max(this.#max, value);
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** The value that the given share of all values does not exceed; 0 without values. */
  quantile(share: number): number {
    let below = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      below += count;
      if (below >= share * this.#count) return Math.min(this.#max, growth ** bucket);
    }
    return 0;
  }
}
