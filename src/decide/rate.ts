/** From how much to how much, with 95 % confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How many of how many, and between which shares (0 to 1) the true one lies with 95 % confidence. */
export interface Rate extends Interval {
  readonly count: number;
  readonly of: number;
}

/** The two-sided 95 % quantile of the normal distribution. */
const z95 = 1.959963984540054;

/**
 * A proportion with Wilson's score interval (E. B. Wilson, "Probable inference, the law of succession, and
 * statistical inference", JASA 22, 1927, 209-212): unlike the textbook one it says something of 0 of n, too. The
 * whole of 0 to 1 where there is nothing to count.
 */
export function rateOf(count: number, of: number): Rate {
  if (of === 0) return { count, of, low: 0, high: 1 };
  const share = count / of;
  const z2n = z95 ** 2 / of;
  const centre = (share + z2n / 2) / (1 + z2n);
  const half = (z95 / (1 + z2n)) * Math.sqrt((share * (1 - share)) / of + z2n / (4 * of));
  // Exact at both ends, where rounding would leave something like 1e-18.
  return {
    count,
    of,
    low: count === 0 ? 0 : Math.max(0, centre - half),
    high: count === of ? 1 : Math.min(1, centre + half),
  };
}

/** Counts what fulfils the condition, with its interval. */
export function rateWhere<T>(items: readonly T[], condition: (item: T) => boolean): Rate {
  return rateOf(items.filter(condition).length, items.length);
}
