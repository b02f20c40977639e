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

/** One comparison of a piece of speech with an enrolled speaker; larger scores are more alike. */
export interface Trial {
  readonly score: number;
  /** With whom it was compared. */
  readonly claimed: string;
  /** Who spoke. A trial is genuine when it is the same person. */
  readonly spokenBy: string;
}

/**
 * The share (0 to 1) at which as many genuine trials are refused as impostors accepted, between two thresholds
 * linearly interpolated. `weightOf` counts a trial so many times. NaN where one kind of trial is missing.
 */
export function equalErrorRate(
  trials: readonly Trial[],
  weightOf: (trial: Trial) => number = () => 1,
): number {
  return errorRateOf(
    trials.toSorted((a, b) => a.score - b.score),
    weightOf,
  );
}

function errorRateOf(sorted: readonly Trial[], weightOf: (trial: Trial) => number): number {
  let genuine = 0;
  let impostors = 0;
  for (const trial of sorted) {
    if (trial.claimed === trial.spokenBy) genuine += weightOf(trial);
    else impostors += weightOf(trial);
  }
  if (genuine === 0 || impostors === 0) return Number.NaN;
  let refused = 0;
  let accepted = impostors;
  let before = { falseReject: 0, falseAccept: 1 };
  for (let i = 0; i < sorted.length; ) {
    // The threshold rises above one score, and so above all that are equal to it.
    const { score } = sorted[i]!;
    for (; i < sorted.length && sorted[i]!.score === score; i++) {
      const trial = sorted[i]!;
      if (trial.claimed === trial.spokenBy) refused += weightOf(trial);
      else accepted -= weightOf(trial);
    }
    const now = { falseReject: refused / genuine, falseAccept: accepted / impostors };
    if (now.falseReject >= now.falseAccept) return crossing(before, now);
    before = now;
  }
  return 0;
}

interface ErrorRates {
  readonly falseReject: number;
  readonly falseAccept: number;
}

/** Where the straight line between two operating points has equal rates. */
function crossing(before: ErrorRates, now: ErrorRates): number {
  const gapBefore = before.falseAccept - before.falseReject;
  const gapNow = now.falseReject - now.falseAccept;
  const part = gapBefore / (gapBefore + gapNow);
  return before.falseReject + part * (now.falseReject - before.falseReject);
}

/** How often speakers are drawn anew for an interval. */
const resamples = 1000;

/**
 * The 95 % percentile interval of the equal error rate when the people are drawn anew, with replacement: those who
 * are enrolled, and apart from them the strangers. Trials of one person are not independent, so single trials are
 * not drawn. `random` gives numbers from 0 to below 1. Without an error in the trials it is 0 to 0, which says that
 * none was seen and not that there are none.
 */
export function equalErrorInterval(trials: readonly Trial[], random: () => number): Interval {
  const enrolled = [...new Set(trials.map(({ claimed }) => claimed))];
  const strangers = [...new Set(trials.map(({ spokenBy }) => spokenBy))].filter(
    (person) => !enrolled.includes(person),
  );
  const sorted = trials.toSorted((a, b) => a.score - b.score);
  const rates: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const times = new Map([...drawn(enrolled, random), ...drawn(strangers, random)]);
    const rate = errorRateOf(sorted, ({ claimed, spokenBy }) => {
      const asClaimed = times.get(claimed) ?? 0;
      return claimed === spokenBy ? asClaimed : asClaimed * (times.get(spokenBy) ?? 0);
    });
    // With few people a draw may leave one person alone, who has no impostor.
    if (!Number.isNaN(rate)) rates.push(rate);
  }
  rates.sort((a, b) => a - b);
  const at = (share: number) => rates[Math.round(share * (rates.length - 1))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}

/** How often each comes when as many are drawn as there are. */
function drawn(people: readonly string[], random: () => number): Map<string, number> {
  const times = new Map<string, number>();
  for (let i = 0; i < people.length; i++) {
    const person = people[Math.floor(random() * people.length)]!;
    times.set(person, (times.get(person) ?? 0) + 1);
  }
  return times;
}

/**
 * The least threshold above which at most `rate` of the scores lie. To be used as "above it is accepted": of equal
 * scores all pass or none. -Infinity where everything may pass or there are no scores.
 */
export function thresholdFor(rate: number, scores: readonly number[]): number {
  const descending = scores.toSorted((a, b) => b - a);
  return descending[Math.floor(rate * scores.length)] ?? Number.NEGATIVE_INFINITY;
}

/** The same in another order, each order as likely as the next (R. Durstenfeld, CACM 7, 1964, 420). */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
