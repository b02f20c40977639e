import { type Interval, type Rate, rateWhere } from '../decide/rate.ts';
import { equalErrorInterval, equalErrorRate, type Trial, thresholdFor } from './statistics.ts';

/** Of a piece that could not be compared. */
export const noScore = Number.NEGATIVE_INFINITY;

/** What a way of naming voices says of one piece of speech: a score for each enrolled speaker, larger is likelier. */
export interface ScoredPiece {
  readonly spokenBy: string;
  readonly scores: readonly number[];
}

export interface ScoredSpeech {
  /** Who is enrolled, in the order of the scores. */
  readonly speakers: readonly string[];
  /** Pieces of those who are enrolled, and of people who are not. */
  readonly ofSpeakers: readonly ScoredPiece[];
  readonly ofStrangers: readonly ScoredPiece[];
}

/** A piece is named when its best score is at least the threshold and the second at least the margin lower. */
export interface NamingRule {
  readonly threshold: number;
  readonly margin: number;
}

/** What comes of naming: shares of pieces, and of strangers as people. */
export interface Naming {
  /** Pieces of enrolled people that are given their own name, and somebody else's. */
  readonly namedRightly: Rate;
  readonly namedWrongly: Rate;
  /** Pieces of strangers that are given any name. */
  readonly strangerPieces: Rate;
  /** Strangers of whom at least one piece is given a name. */
  readonly strangers: Rate;
}

/** Equal error rate over all trials of a piece with an enrolled speaker; NaN, in JSON null, without one kind of trial. */
export interface Verification extends Interval {
  readonly equalErrorRate: number;
  readonly genuineTrials: number;
  readonly impostorTrials: number;
}

/** Pieces whose best score is their own speaker's, if somebody has to be named; of those that can be compared. */
export function closedSetAccuracy({ speakers, ofSpeakers }: ScoredSpeech): Rate {
  return rateWhere(
    ofSpeakers.filter(isCompared),
    (piece) => speakers[bestOf(piece).index] === piece.spokenBy,
  );
}

function isCompared(piece: ScoredPiece): boolean {
  return bestOf(piece).score > noScore;
}

/**
 * How well single comparisons tell one person from another, over one or more enrolments of the same people.
 * `random` draws people for the interval.
 */
export function verify(enrolments: readonly ScoredSpeech[], random: () => number): Verification {
  const trials = enrolments.flatMap(({ speakers, ofSpeakers, ofStrangers }) =>
    [...ofSpeakers, ...ofStrangers]
      .filter(isCompared)
      .flatMap(({ spokenBy, scores }) =>
        scores.map((score, index): Trial => ({ score, claimed: speakers[index]!, spokenBy })),
      ),
  );
  const genuineTrials = trials.filter(({ claimed, spokenBy }) => claimed === spokenBy).length;
  return {
    equalErrorRate: equalErrorRate(trials),
    ...equalErrorInterval(trials, random),
    genuineTrials,
    impostorTrials: trials.length - genuineTrials,
  };
}

/** Who is named at a threshold that was known before. */
export function nameAt(scored: ScoredSpeech, { threshold, margin }: NamingRule): Naming {
  return naming([scored], margin, () => (score) => score >= threshold);
}

/** One half of the people, and what was fitted on it for the other. */
export type Halves = readonly [ScoredSpeech, ScoredSpeech];

export interface FittedNaming extends Naming {
  /** Fitted on the first half and on the second; a piece is named above them. */
  readonly thresholds: readonly [number, number];
}

/**
 * Who is named when the threshold lets `rate` of the strangers' pieces through: fitted on either half of the people
 * and tried on the other, so that each piece is counted once and never at a threshold that it took part in.
 */
export function nameAtFitted(halves: Halves, margin: number, rate: number): FittedNaming {
  const fitted = (half: ScoredSpeech) =>
    thresholdFor(
      rate,
      half.ofStrangers.map((piece) => nameableScore(piece, margin)),
    );
  const thresholds = [fitted(halves[0]), fitted(halves[1])] as const;
  return {
    ...naming(halves, margin, (half) => (score) => score > thresholds[half === 0 ? 1 : 0]),
    thresholds,
  };
}

/** The same scores as if nobody else were enrolled and nobody else had spoken. */
export function among(scored: ScoredSpeech, isOneOf: (person: string) => boolean): ScoredSpeech {
  const columns = [...scored.speakers.keys()].filter((index) => isOneOf(scored.speakers[index]!));
  const only = (pieces: readonly ScoredPiece[]) =>
    pieces
      .filter(({ spokenBy }) => isOneOf(spokenBy))
      .map(({ spokenBy, scores }) => ({ spokenBy, scores: columns.map((index) => scores[index]!) }));
  return {
    speakers: columns.map((index) => scored.speakers[index]!),
    ofSpeakers: only(scored.ofSpeakers),
    ofStrangers: only(scored.ofStrangers),
  };
}

/** The best score and whose it is; the first of equal ones. */
export function bestOf({ scores }: ScoredPiece): { readonly index: number; readonly score: number } {
  let index = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[index]!) index = i;
  return { index, score: scores[index] ?? noScore };
}

/** The best score, or -Infinity where the second is too near for a name at any threshold. */
function nameableScore(piece: ScoredPiece, margin: number): number {
  const { index, score } = bestOf(piece);
  const clear = piece.scores.every((other, i) => i === index || score - other >= margin);
  return clear ? score : noScore;
}

interface NamedPiece {
  readonly spokenBy: string;
  /** Who it is said to be; undefined for nobody. */
  readonly name: string | undefined;
}

function naming(
  sets: readonly ScoredSpeech[],
  margin: number,
  acceptsIn: (set: number) => (score: number) => boolean,
): Naming {
  const named = (pieces: (scored: ScoredSpeech) => readonly ScoredPiece[]): NamedPiece[] =>
    sets.flatMap((scored, set) =>
      pieces(scored).map((piece) => {
        const accepted = acceptsIn(set)(nameableScore(piece, margin));
        return {
          spokenBy: piece.spokenBy,
          name: accepted ? scored.speakers[bestOf(piece).index] : undefined,
        };
      }),
    );
  const known = named(({ ofSpeakers }) => ofSpeakers);
  const unknown = named(({ ofStrangers }) => ofStrangers);
  const everNamed = new Map<string, boolean>();
  for (const { spokenBy, name } of unknown) {
    everNamed.set(spokenBy, everNamed.get(spokenBy) === true || name !== undefined);
  }
  return {
    namedRightly: rateWhere(known, ({ spokenBy, name }) => name === spokenBy),
    namedWrongly: rateWhere(known, ({ spokenBy, name }) => name !== undefined && name !== spokenBy),
    strangerPieces: rateWhere(unknown, ({ name }) => name !== undefined),
    strangers: rateWhere([...everNamed.values()], (once) => once),
  };
}

/** What the fitted thresholds aim at: this share of the strangers' pieces is named. */
export const falseAcceptRate = 0.01;

/** What was measured of one way of naming, with pieces of one length. */
export interface LengthFigures {
  readonly seconds: number;
  readonly speakerPieces: number;
  readonly strangerPieces: number;
  /** Strangers who have a piece of this length. */
  readonly strangers: number;
  /** Pieces of either with too little speech in them to be compared; nobody is named for them. */
  readonly tooLittleSpeech: number;
  readonly closedSet: Rate;
  /** By how many recordings of each speaker were learnt from; null for a share of those there are. */
  readonly verification: readonly (Verification & { readonly recordings: number | null })[];
  readonly rule: NamingRule;
  /** At `rule`, which is what the device uses. */
  readonly atDefault: Naming;
  /** At thresholds for `falseAcceptRate`; null where there are too few people to fit them on half of them. */
  readonly atFitted: FittedNaming | null;
}

/** What one way of naming says of pieces of one length. */
export interface ScoredLength {
  readonly seconds: number;
  /** The enrolment by which people are named, with every piece once. */
  readonly naming: ScoredSpeech;
  /** Either half of the people for itself; null where there are too few. */
  readonly halves: Halves | null;
  /** By how many recordings of each speaker were learnt from (see `LengthFigures`), one or more enrolments. */
  readonly verified: readonly {
    readonly recordings: number | null;
    readonly enrolments: readonly ScoredSpeech[];
  }[];
  readonly rule: NamingRule;
}

/** All figures of one length. `random` draws people for intervals, from 0 to below 1. */
export function figuresOf(length: ScoredLength, random: () => number): LengthFigures {
  const { seconds, naming, halves, verified, rule } = length;
  const pieces = [...naming.ofSpeakers, ...naming.ofStrangers];
  return {
    seconds,
    speakerPieces: naming.ofSpeakers.length,
    strangerPieces: naming.ofStrangers.length,
    strangers: new Set(naming.ofStrangers.map(({ spokenBy }) => spokenBy)).size,
    tooLittleSpeech: pieces.filter((piece) => !isCompared(piece)).length,
    closedSet: closedSetAccuracy(naming),
    verification: verified.map(({ recordings, enrolments }) => ({
      recordings,
      ...verify(enrolments, random),
    })),
    rule,
    atDefault: nameAt(naming, rule),
    // None either where no stranger of a half spoke for so long.
    atFitted:
      halves?.every(({ ofStrangers }) => ofStrangers.some(isCompared)) === true
        ? nameAtFitted(halves, rule.margin, falseAcceptRate)
        : null,
  };
}

/** Closed-set accuracy of each way, learnt from so much sound of each speaker. */
export interface LearningStep {
  /** Recordings of each speaker, and the seconds of sound in them, a speaker on average. */
  readonly recordings: number;
  readonly learntS: number;
  readonly network: Rate;
  readonly nearestNeighbours: Rate;
  readonly supportVectors: Rate;
  readonly embedding: Rate;
}

export interface Learning {
  /** Length of the pieces. */
  readonly seconds: number;
  readonly steps: readonly LearningStep[];
}
