import { z } from 'zod';

const labels = z.record(z.string(), z.string());

/** One figure with its labels; of a histogram, how many were at most as large as each bound, their sum and number. */
const sample = z.strictObject({ labels, value: z.number() });
const distribution = z.strictObject({
  labels,
  /** Upper bounds and how many values are at most as large, in rising order; the last, +Inf, is `count`. */
  buckets: z.array(z.tuple([z.number(), z.number()])),
  sum: z.number(),
  count: z.number(),
});

/** Figures of one name, as Prometheus has them. */
export const metricFamilySchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('counter'),
    name: z.string(),
    help: z.string(),
    samples: z.array(sample),
  }),
  z.strictObject({ type: z.literal('gauge'), name: z.string(), help: z.string(), samples: z.array(sample) }),
  z.strictObject({
    type: z.literal('histogram'),
    name: z.string(),
    help: z.string(),
    samples: z.array(distribution),
  }),
]);
export type MetricFamily = z.infer<typeof metricFamilySchema>;
export type Labels = z.infer<typeof labels>;

/** Counts by labels. A bounded number of them: what comes after is counted together as `other`. */
export class Counts {
  readonly #name: string;
  readonly #help: string;
  readonly #counts = new Map<string, { readonly labels: Labels; readonly value: number }>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Labels = {}, value = 1): void {
    const isNew = !this.#counts.has(JSON.stringify(labels));
    const counted =
      isNew && this.#counts.size >= mostLabelSets
        ? Object.fromEntries(Object.keys(labels).map((label) => [label, 'other']))
        : labels;
    const key = JSON.stringify(counted);
    const before = this.#counts.get(key)?.value ?? 0;
    this.#counts.set(key, { labels: counted, value: before + value });
  }

  family(): MetricFamily {
    const samples = [...this.#counts.values()].map(({ labels, value }) => ({ labels, value }));
    return { type: 'counter', name: this.#name, help: this.#help, samples };
  }
}

const mostLabelSets = 200;

/** Counts values in fixed buckets. */
export class Buckets {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  /** `bounds` rise. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  add(value: number): void {
    this.#sum += value;
    this.#count++;
    for (const [at, bound] of this.#bounds.entries()) if (value <= bound) this.#counts[at]!++;
  }

  family(): MetricFamily {
    const buckets = this.#bounds.map((bound, at): [number, number] => [bound, this.#counts[at] ?? 0]);
    const distribution = { labels: {}, buckets, sum: this.#sum, count: this.#count };
    return { type: 'histogram', name: this.#name, help: this.#help, samples: [distribution] };
  }
}

export function gauge(name: string, help: string, value: number, labels: Labels = {}): MetricFamily {
  return { type: 'gauge', name, help, samples: [{ labels, value }] };
}
