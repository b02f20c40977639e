import { type Rate, rateOf, rateWhere } from '../../decide/rate.ts';
import { thresholdFor } from '../statistics.ts';
import type { AcceptRule, Answer } from './methods.ts';

/** What a method said of the pictures of one fold. */
export interface AnsweredFold {
  /** Of people who were enrolled, with who it really is. */
  readonly known: readonly (Answer & { readonly is: number })[];
  readonly strangers: readonly Answer[];
}

/** What comes of naming faces by a rule. */
export interface Naming {
  /** Pictures of enrolled people that get their own name, and somebody else's. */
  readonly namedRightly: Rate;
  readonly namedWrongly: Rate;
  /** Pictures of strangers that get any name. */
  readonly strangersNamed: Rate;
}

/** The share of strangers that a fitted threshold may name. */
export const strangersAllowed = 0.01;

/** Pictures of enrolled people whose nearest person they are, whatever the distance. */
export function closedSet(folds: readonly AnsweredFold[]): Rate {
  return rateWhere(
    folds.flatMap(({ known }) => known),
    ({ person, is }) => person === is,
  );
}

export function namingBy({ threshold, margin }: AcceptRule, folds: readonly AnsweredFold[]): Naming {
  return sumOf(
    folds.map((fold) => nameFold(fold, (answer) => answer.distance < threshold && answer.gap >= margin)),
  );
}

/**
 * The same at thresholds fitted to name at most one in a hundred strangers, each fold by the strangers of the others
 * alone. Undefined where a fold would have none to fit on.
 */
export function namingByFitted(
  folds: readonly AnsweredFold[],
): (Naming & { readonly thresholds: readonly number[] }) | undefined {
  const thresholds: number[] = [];
  for (const fold of folds) {
    const others = folds.filter((other) => other !== fold).flatMap(({ strangers }) => strangers);
    if (others.length === 0) return undefined;
    thresholds.push(
      -thresholdFor(
        strangersAllowed,
        others.map(({ distance }) => -distance),
      ),
    );
  }
  const named = folds.map((fold, i) => nameFold(fold, ({ distance }) => distance < thresholds[i]!));
  return { ...sumOf(named), thresholds };
}

interface NamedFold {
  readonly right: number;
  readonly wrong: number;
  readonly known: number;
  readonly strangersNamed: number;
  readonly strangers: number;
}

function nameFold({ known, strangers }: AnsweredFold, accepts: (answer: Answer) => boolean): NamedFold {
  const named = known.filter(accepts);
  const right = named.filter(({ person, is }) => person === is).length;
  return {
    ...{ right, wrong: named.length - right, known: known.length },
    strangersNamed: strangers.filter(accepts).length,
    strangers: strangers.length,
  };
}

function sumOf(folds: readonly NamedFold[]): Naming {
  const total = (of: (fold: NamedFold) => number) => folds.reduce((sum, fold) => sum + of(fold), 0);
  const known = total((fold) => fold.known);
  return {
    namedRightly: rateOf(
      total((fold) => fold.right),
      known,
    ),
    namedWrongly: rateOf(
      total((fold) => fold.wrong),
      known,
    ),
    strangersNamed: rateOf(
      total((fold) => fold.strangersNamed),
      total((fold) => fold.strangers),
    ),
  };
}
