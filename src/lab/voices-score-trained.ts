import type { Sound } from '../../hal/contract/sound.ts';
import type { Halves, NamingRule, ScoredLength, ScoredPiece, ScoredSpeech } from './voices-figures.ts';
import type { Recording } from './voices-recordings.ts';
import type { Measuring, ScoredWay } from './voices-report.ts';
import type { SoundPiece, SoundPieces } from './voices-sound-pieces.ts';
import { halvesOf, type VoiceSplit } from './voices-split.ts';

/** A network that was trained on some speakers. */
export interface ClosedSetNetwork {
  readonly labels: readonly string[];
  /** A share of each label for each piece, in the order of `labels`. */
  classify(features: readonly Float32Array[]): Promise<readonly (readonly number[])[]>;
}

/** The device's own features and training. */
export interface ClosedSetTraining {
  /** Names the features. */
  readonly id: string;
  /** Of each sound, in order. */
  features(
    sounds: readonly Sound[],
    told: (done: number) => void,
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]>;
  train(
    training: readonly FeaturedPiece[],
    validation: readonly FeaturedPiece[],
    signal: AbortSignal,
  ): Promise<ClosedSetNetwork>;
}

/** The features of a piece of somebody's sound. */
export interface FeaturedPiece {
  readonly spokenBy: string;
  readonly features: Float32Array;
}

/** The share from which the trained network names somebody, as in the Python program. It knows no margin. */
const trainedRule: NamingRule = { threshold: 0.95, margin: 0 };

/**
 * Scores pieces of sound by a network that is trained on all speakers, and for the fitted thresholds by one that is
 * trained on either half of them, because its shares hang on who else it knows.
 */
export async function scoreTrained(
  split: VoiceSplit<Recording>,
  piecesOf: (seconds: number) => SoundPieces,
  training: ClosedSetTraining,
  { lengthsS, progress }: Measuring,
  signal: AbortSignal,
): Promise<ScoredWay> {
  const halves = halvesOf(split);
  const scored: ScoredLength[] = [];
  for (const seconds of lengthsS) {
    const pieces = await withFeatures(
      piecesOf(seconds),
      training,
      (done, total) => progress(`features of ${seconds} s of sound`, done, total),
      signal,
    );
    let trained = 0;
    const scoreBy = async (some: SoundPieces<FeaturedPiece>): Promise<ScoredSpeech> => {
      progress(`networks for ${seconds} s of sound`, trained++, halves === null ? 1 : 3);
      const network = await training.train(some.training, some.validation, signal);
      const score = async (tried: readonly FeaturedPiece[]): Promise<ScoredPiece[]> => {
        const shares = await network.classify(tried.map(({ features }) => features));
        return tried.map(({ spokenBy }, i) => ({ spokenBy, scores: shares[i]! }));
      };
      return {
        speakers: network.labels,
        ofSpeakers: await score(some.ofSpeakers),
        ofStrangers: await score(some.ofStrangers),
      };
    };
    const naming = await scoreBy(pieces);
    const byHalf: Halves | null =
      halves === null
        ? null
        : [await scoreBy(piecesAmong(pieces, halves[0])), await scoreBy(piecesAmong(pieces, halves[1]))];
    scored.push({
      seconds,
      naming,
      halves: byHalf,
      verified: [{ recordings: null, enrolments: [naming] }],
      rule: trainedRule,
    });
  }
  return { way: 'trained', pipelineId: training.id, scored };
}

async function withFeatures(
  pieces: SoundPieces,
  training: ClosedSetTraining,
  told: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<SoundPieces<FeaturedPiece>> {
  const all = [...pieces.training, ...pieces.validation, ...pieces.ofSpeakers, ...pieces.ofStrangers];
  const features = await training.features(
    all.map(({ sound }) => sound),
    (done) => told(done, all.length),
    signal,
  );
  let taken = 0;
  const featured = (some: readonly SoundPiece[]): FeaturedPiece[] =>
    some.map(({ spokenBy }) => ({ spokenBy, features: features[taken++]! }));
  return {
    training: featured(pieces.training),
    validation: featured(pieces.validation),
    ofSpeakers: featured(pieces.ofSpeakers),
    ofStrangers: featured(pieces.ofStrangers),
  };
}

/** The pieces of some of the people. */
function piecesAmong<P extends { readonly spokenBy: string }>(
  pieces: SoundPieces<P>,
  { speakers, strangers }: VoiceSplit<unknown>,
): SoundPieces<P> {
  const names = new Set([...speakers, ...strangers].map(({ person }) => person));
  const only = (some: readonly P[]) => some.filter(({ spokenBy }) => names.has(spokenBy));
  return {
    training: only(pieces.training),
    validation: only(pieces.validation),
    ofSpeakers: only(pieces.ofSpeakers),
    ofStrangers: only(pieces.ofStrangers),
  };
}
