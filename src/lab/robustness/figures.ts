import { type Rate, rateWhere } from '../../decide/rate.ts';

/** What came of one disturbed picture. */
export interface Outcome {
  /** Squared distance to the person's own enrolled picture; null where no face was found any more. */
  readonly distance: number | null;
  /** Whose name the device would have said: the person's own, somebody else's, nobody's. */
  readonly named: 'rightly' | 'wrongly' | 'nobody';
}

/** The middle half of some numbers. */
export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface LevelFigures {
  /** Null for pictures as they were. */
  readonly level: number | null;
  readonly found: Rate;
  readonly recognised: Rate;
  readonly namedWrongly: Rate;
  /** Of the faces that were found; null where none was. */
  readonly distance: Quartiles | null;
}

export function levelFigures(level: number | null, outcomes: readonly Outcome[]): LevelFigures {
  const distances = outcomes.flatMap(({ distance }) => (distance === null ? [] : [distance]));
  return {
    level,
    found: rateWhere(outcomes, ({ distance }) => distance !== null),
    recognised: rateWhere(outcomes, ({ named }) => named === 'rightly'),
    namedWrongly: rateWhere(outcomes, ({ named }) => named === 'wrongly'),
    distance: distances.length === 0 ? null : quartilesOf(distances),
  };
}

/** By linear interpolation between the ordered numbers, of which there is at least one. */
export function quartilesOf(numbers: readonly number[]): Quartiles {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** Under this share of recognised faces a disturbance is too much. */
const breakingShare = 0.5;

/** The first level at which fewer than half are recognised; undefined where there is none. */
export function breakingLevel(levels: readonly LevelFigures[]): number | undefined {
  const first = levels.find(
    ({ level, recognised }) => level !== null && recognised.count < breakingShare * recognised.of,
  );
  return first?.level ?? undefined;
}
