import type { Interval } from '../decide/rate.ts';

/** One comparison of a piece of speech or a face with a person; larger scores are more alike. */
export interface Trial {
  readonly score: number;
  /** With whom it was compared. */
  readonly claimed: string;
  /** Whose it is. A trial is genuine when it is the same person. */
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
  const sorted = trials.toSorted((a, b) => a.score - b.score);
  return errorRateOf(columnsOf(sorted), Float64Array.from(sorted, weightOf));
}

/** Trials by rising score, one column a property: drawing people anew reads them a thousand times. */
interface TrialColumns {
  readonly scores: Float64Array;
  /** 1 for a genuine trial. */
  readonly genuine: Uint8Array;
}

function columnsOf(sorted: readonly Trial[]): TrialColumns {
  return {
    scores: Float64Array.from(sorted, ({ score }) => score),
    genuine: Uint8Array.from(sorted, ({ claimed, spokenBy }) => (claimed === spokenBy ? 1 : 0)),
  };
}

function errorRateOf({ scores, genuine }: TrialColumns, weights: Float64Array): number {
  const total = { genuine: 0, impostor: 0 };
  for (const [i, weight] of weights.entries()) total[genuine[i] === 1 ? 'genuine' : 'impostor'] += weight;
  if (total.genuine === 0 || total.impostor === 0) return Number.NaN;
  let refused = 0;
  let accepted = total.impostor;
  let before = { falseReject: 0, falseAccept: 1 };
  for (let i = 0; i < scores.length; ) {
    // The threshold rises above one score, and so above all that are equal to it.
    const score = scores[i]!;
    for (; i < scores.length && scores[i] === score; i++) {
      if (genuine[i] === 1) refused += weights[i]!;
      else accepted -= weights[i]!;
    }
    const now = { falseReject: refused / total.genuine, falseAccept: accepted / total.impostor };
    if (now.falseReject >= now.falseAccept) return crossing(before, now);
    before = now;
  }
  return 1;
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
  return drawnInterval(trials, errorRateOf, random);
}

/**
 * The share of genuine trials that is refused at the least threshold that lets no larger share than
 * `falseAcceptRate` of the impostors pass. A score of -Infinity passes none. NaN where one kind of trial is missing.
 */
export function falseRejectRate(trials: readonly Trial[], falseAcceptRate: number): number {
  const sorted = trials.toSorted((a, b) => a.score - b.score);
  return refusedOf(columnsOf(sorted), new Float64Array(sorted.length).fill(1), falseAcceptRate);
}

/** Its interval, as `equalErrorInterval` draws people; the threshold is found anew in every draw. */
export function falseRejectInterval(
  trials: readonly Trial[],
  falseAcceptRate: number,
  random: () => number,
): Interval {
  return drawnInterval(trials, (columns, weights) => refusedOf(columns, weights, falseAcceptRate), random);
}

function refusedOf(
  { scores, genuine }: TrialColumns,
  weights: Float64Array,
  falseAcceptRate: number,
): number {
  const total = { genuine: 0, impostor: 0 };
  for (const [i, weight] of weights.entries()) total[genuine[i] === 1 ? 'genuine' : 'impostor'] += weight;
  if (total.genuine === 0 || total.impostor === 0) return Number.NaN;
  const allowed = falseAcceptRate * total.impostor;
  let passed = 0;
  let accepted = 0;
  for (let i = scores.length - 1; i >= 0 && scores[i] !== Number.NEGATIVE_INFINITY; ) {
    const score = scores[i];
    let here = 0;
    for (; i >= 0 && scores[i] === score; i--) {
      if (genuine[i] === 1) here += weights[i]!;
      else passed += weights[i]!;
    }
    if (passed > allowed) break;
    accepted += here;
  }
  return 1 - accepted / total.genuine;
}

function drawnInterval(
  trials: readonly Trial[],
  measure: (columns: TrialColumns, weights: Float64Array) => number,
  random: () => number,
): Interval {
  const sorted = trials.toSorted((a, b) => a.score - b.score);
  const columns = columnsOf(sorted);
  const enrolled = [...new Set(trials.map(({ claimed }) => claimed))];
  const strangers = [...new Set(trials.map(({ spokenBy }) => spokenBy))].filter(
    (person) => !enrolled.includes(person),
  );
  const places = new Map([...enrolled, ...strangers].map((person, place) => [person, place]));
  const claimed = Uint32Array.from(sorted, (trial) => places.get(trial.claimed)!);
  const spokenBy = Uint32Array.from(sorted, (trial) => places.get(trial.spokenBy)!);
  const times = new Float64Array(places.size);
  const weights = new Float64Array(sorted.length);
  const rates: number[] = [];
  for (let i = 0; i < resamples; i++) {
    draw(times.subarray(0, enrolled.length), random);
    draw(times.subarray(enrolled.length), random);
    for (let j = 0; j < weights.length; j++) {
      const asClaimed = times[claimed[j]!]!;
      weights[j] = columns.genuine[j] === 1 ? asClaimed : asClaimed * times[spokenBy[j]!]!;
    }
    const rate = measure(columns, weights);
    // With few people a draw may leave one person alone, who has no impostor.
    if (!Number.isNaN(rate)) rates.push(rate);
  }
  rates.sort((a, b) => a - b);
  const at = (share: number) => rates[Math.round(share * (rates.length - 1))] ?? Number.NaN;
  return { low: at(0.025), high: at(0.975) };
}

/** How often each comes when as many are drawn as there are. */
function draw(times: Float64Array, random: () => number): void {
  times.fill(0);
  for (let i = 0; i < times.length; i++) times[Math.floor(random() * times.length)]!++;
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

/** The middle of measured values, and between which values the true middle lies. */
export interface Middle extends Interval {
  readonly median: number;
}

/**
 * The median with its 95 % interval by order statistics (W. J. Conover, Practical Nonparametric Statistics, 1999, 3.2):
 * nothing is assumed of how times are distributed, which have a long tail. NaN without a value.
 */
export function medianOf(values: Iterable<number>): Middle {
  const sorted = Float64Array.from(values).sort();
  const { length } = sorted;
  const half = (1.96 * Math.sqrt(length)) / 2;
  const at = (place: number) => sorted[Math.min(length - 1, Math.max(0, place))] ?? Number.NaN;
  return {
    median: (at(Math.floor((length - 1) / 2)) + at(Math.ceil((length - 1) / 2))) / 2,
    low: at(Math.floor(length / 2 - half) - 1),
    high: at(Math.ceil(length / 2 + half)),
  };
}
