import { type Rate, rateOf, rateWhere } from '../../decide/rate.ts';
import { shuffled } from '../statistics.ts';

/** A pair of pictures whose faces were compared. */
export interface ComparedPair {
  readonly same: boolean;
  /** Squared L2 of the unit embeddings; Infinity where a face was not found in one of the pictures. */
  readonly distance: number;
}

/** How many pairs are told right when the threshold is chosen on the other folds. */
export interface FoldedAccuracy {
  /** Over all pairs. A pair without a face in a picture is never right. */
  readonly rate: Rate;
  /** The mean of the folds and its standard error, as results on LFW are given. */
  readonly mean: number;
  readonly standardError: number;
  /** The threshold of each fold, in their order. */
  readonly thresholds: readonly number[];
}

/** What is known to fall out at one threshold: a distance up to it is accepted. */
export interface OperatingPoint {
  readonly threshold: number;
  readonly falseAccept: number;
  readonly falseReject: number;
}

const foldCount = 10;

/** At which the share of the right people that is refused is told. */
export const falseAcceptRates = [0.01, 0.001] as const;

/**
 * A fold (0 to 9) for each pair, as many of both kinds in each as can be, by chance. Undefined where there are not ten
 * of each kind.
 */
export function drawFolds(
  pairs: readonly { readonly same: boolean }[],
  random: () => number,
): number[] | undefined {
  const folds = new Array<number>(pairs.length);
  for (const same of [true, false]) {
    const places = [...pairs.keys()].filter((i) => pairs[i]!.same === same);
    if (places.length < foldCount) return undefined;
    for (const [turn, place] of shuffled(places, random).entries()) folds[place] = turn % foldCount;
  }
  return folds;
}

/**
 * Accuracy by folds: in each the threshold is the one with which most pairs of all the others are right (G. Huang, M.
 * Ramesh, T. Berg, E. Learned-Miller, "Labeled Faces in the Wild", UMass Amherst 07-49, 2007, section 4). `folds` has
 * one number a pair; there are at least two folds.
 */
export function accuracyByFolds(pairs: readonly ComparedPair[], folds: readonly number[]): FoldedAccuracy {
  const names = [...new Set(folds)].sort((a, b) => a - b);
  const thresholds: number[] = [];
  const shares: number[] = [];
  let right = 0;
  for (const fold of names) {
    const own = pairs.filter((_, i) => folds[i] === fold);
    const threshold = bestThreshold(pairs.filter((_, i) => folds[i] !== fold));
    const { count } = rateWhere(own, (pair) => isRight(pair, threshold));
    thresholds.push(threshold);
    shares.push(count / own.length);
    right += count;
  }
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
  return {
    rate: rateOf(right, pairs.length),
    mean,
    standardError: Math.sqrt(squares / (shares.length - 1) / shares.length),
    thresholds,
  };
}

function isRight({ same, distance }: ComparedPair, threshold: number): boolean {
  return Number.isFinite(distance) && distance <= threshold === same;
}

/**
 * The threshold with which most pairs are right, halfway between two distances; the least of those that are as good.
 * Pairs without a face do not count.
 */
export function bestThreshold(pairs: readonly ComparedPair[]): number {
  const sorted = pairs
    .filter(({ distance }) => Number.isFinite(distance))
    .toSorted((a, b) => a.distance - b.distance);
  let right = sorted.filter(({ same }) => !same).length;
  let most = right;
  let best = (sorted[0]?.distance ?? 0) - 1;
  for (const [i, { same, distance }] of sorted.entries()) {
    right += same ? 1 : -1;
    const next = sorted[i + 1]?.distance ?? distance;
    // Between equal distances there is no threshold.
    if (right <= most || (next === distance && i + 1 < sorted.length)) continue;
    most = right;
    best = (distance + next) / 2;
  }
  return best;
}

/**
 * Every operating point there is, from the strictest to the widest: one before the first distance, one at each. Pairs
 * without a face are refused at all of them. Both kinds of pair must be there.
 */
export function operatingPoints(pairs: readonly ComparedPair[]): OperatingPoint[] {
  const sorted = pairs
    .filter(({ distance }) => Number.isFinite(distance))
    .toSorted((a, b) => a.distance - b.distance);
  const genuine = pairs.filter(({ same }) => same).length;
  const impostors = pairs.length - genuine;
  const points: OperatingPoint[] = [{ threshold: 0, falseAccept: 0, falseReject: 1 }];
  let accepted = 0;
  let passed = 0;
  for (const [i, { same, distance }] of sorted.entries()) {
    if (same) accepted++;
    else passed++;
    if (sorted[i + 1]?.distance === distance) continue;
    points.push({
      threshold: distance,
      falseAccept: passed / impostors,
      falseReject: 1 - accepted / genuine,
    });
  }
  return points;
}

/** The corners of the staircase that operating points make: those between two on a straight line are left out. */
export function corners(points: readonly OperatingPoint[]): OperatingPoint[] {
  return points.filter((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (before === undefined || after === undefined) return true;
    const flat = before.falseReject === point.falseReject && point.falseReject === after.falseReject;
    const steep = before.falseAccept === point.falseAccept && point.falseAccept === after.falseAccept;
    return !(flat || steep);
  });
}
