import { features193, featureVersion } from '../hearing/features/features193.ts';
import type { Halves, NamingRule, ScoredLength, ScoredPiece, ScoredSpeech } from './voices-figures.ts';
import { type FeaturedPiece, trainNetwork } from './voices-network.ts';
import type { Recording } from './voices-recordings.ts';
import type { Measuring, ScoredWay } from './voices-report.ts';
import type { SoundPiece, SoundPieces } from './voices-sound-pieces.ts';
import { halvesOf, type VoiceSplit } from './voices-split.ts';

/** The share from which the trained network names somebody, as in the Python program. It knows no margin. */
const trainedRule: NamingRule = { threshold: 0.95, margin: 0 };

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
    const scoreBy = async (some: SoundPieces<FeaturedPiece>): Promise<ScoredSpeech> => {
      progress(`networks for ${seconds} s of sound`, trained++, halves === null ? 1 : 3);
      await using network = await trainNetwork(some.training, some.validation, seed, signal);
      const score = async (tried: readonly FeaturedPiece[]): Promise<ScoredPiece[]> => {
        const shares = await network.classify(tried);
        return tried.map(({ spokenBy }, i) => ({ spokenBy, scores: shares[i]! }));
      };
      // Awaited here: the network is closed on the way out.
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
  return { way: 'trained', pipelineId: featureVersion, scored };
}

async function withFeatures(
  pieces: SoundPieces,
  told: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<SoundPieces<FeaturedPiece>> {
  const total = Object.values(pieces).reduce((sum, some) => sum + some.length, 0);
  let done = 0;
  const featured = async (some: readonly SoundPiece[]): Promise<FeaturedPiece[]> => {
    const result: FeaturedPiece[] = [];
    for (const { spokenBy, sound } of some) {
      told(done++, total);
      // Lets signals in.
      await Bun.sleep(0);
      signal.throwIfAborted();
      result.push({ spokenBy, features: features193(sound).vector });
    }
    return result;
  };
  return {
    training: await featured(pieces.training),
    validation: await featured(pieces.validation),
    ofSpeakers: await featured(pieces.ofSpeakers),
    ofStrangers: await featured(pieces.ofStrangers),
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
