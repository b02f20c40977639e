import { featureVersion } from '../hearing/features/features193.ts';
import { sharesOf, trainClosedSet } from '../hearing/train/closed-set.ts';
import { featuresOf } from '../hearing/train/feature-workers.ts';
import { defaultTraining } from '../hearing/train/network.ts';
import type { Halves, NamingRule, ScoredLength, ScoredPiece } from './voices-figures.ts';
import type { Recording } from './voices-recordings.ts';
import type { Measuring, ScoredWay } from './voices-report.ts';
import type { SoundPiece, SoundPieces } from './voices-sound-pieces.ts';
import { halvesOf, type VoiceSplit } from './voices-split.ts';

/** The share from which the trained network names somebody, as in the Python program. It knows no margin. */
const trainedRule: NamingRule = { threshold: 0.95, margin: 0 };

/** A piece that the network knows by its features. */
interface FeaturedPiece extends SoundPiece {
  readonly features: Float32Array;
}

/**
 * Scores pieces of sound by a network that is trained on all speakers, and for the fitted thresholds by one that is
 * trained on either half of them, because its shares hang on who else it knows. `cut` has the pieces of each length.
 */
export async function scoreTrained(
  split: VoiceSplit<Recording>,
  cut: readonly SoundPieces[],
  seed: number,
  { lengthsS, progress }: Measuring,
  signal: AbortSignal,
): Promise<ScoredWay> {
  const halves = halvesOf(split);
  const scored: ScoredLength[] = [];
  for (const [i, seconds] of lengthsS.entries()) {
    const pieces = await withFeatures(
      cut[i]!,
      (done, total) => progress(`features of ${seconds} s of sound`, done, total),
      signal,
    );
    let trained = 0;
    const scoreBy = async ({ training, validation, ...tried }: SoundPieces<FeaturedPiece>) => {
      progress(`networks for ${seconds} s of sound`, trained++, halves === null ? 1 : 3);
      const labels = [...new Set(training.map(({ label }) => label))];
      const settings = { ...defaultTraining, seed };
      const network = await trainClosedSet(labels, training, validation, settings, () => {}, signal);
      // In single precision, as the network's file gives them: some that are nearly 1 are 1.
      const score = ({ label, features }: FeaturedPiece): ScoredPiece => ({
        spokenBy: label,
        scores: sharesOf(network, features).map(Math.fround),
      });
      return {
        speakers: labels,
        ofSpeakers: tried.ofSpeakers.map(score),
        ofStrangers: tried.ofStrangers.map(score),
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
  return { way: 'trained', pipelineId: featureVersion, scored };
}

async function withFeatures(
  { training, validation, ofSpeakers, ofStrangers }: SoundPieces,
  told: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<SoundPieces<FeaturedPiece>> {
  const all = [...training, ...validation, ...ofSpeakers, ...ofStrangers];
  const vectors = await featuresOf(
    all.map(({ sound }) => sound),
    (done) => told(done, all.length),
    signal,
  );
  const featured = new Map(all.map((piece, i) => [piece, { ...piece, features: vectors[i]! }]));
  const featuredOf = (pieces: readonly SoundPiece[]) => pieces.map((piece) => featured.get(piece)!);
  return {
    training: featuredOf(training),
    validation: featuredOf(validation),
    ofSpeakers: featuredOf(ofSpeakers),
    ofStrangers: featuredOf(ofStrangers),
  };
}

/** The pieces of some of the people. */
function piecesAmong<P extends SoundPiece>(
  pieces: SoundPieces<P>,
  { speakers, strangers }: VoiceSplit<unknown>,
): SoundPieces<P> {
  const names = new Set([...speakers, ...strangers].map(({ person }) => person));
  const only = (some: readonly P[]) => some.filter(({ label }) => names.has(label));
  return {
    training: only(pieces.training),
    validation: only(pieces.validation),
    ofSpeakers: only(pieces.ofSpeakers),
    ofStrangers: only(pieces.ofStrangers),
  };
}
