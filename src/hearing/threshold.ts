import type { VoiceMatch } from '../models/entry.ts';

/** From where a voice is a person's, all in cosines of unit embeddings. */
export interface VoiceLimits extends VoiceMatch {
  /** Less speech is compared, for the record, but names nobody. */
  readonly decideAfterMs: number;
  /** The model's own, which its scores are weighed by whatever the configuration says. */
  readonly own: Pick<VoiceMatch, 'thresholds' | 'people'>;
}

/** What the configuration may say; see `[hearing]` there. */
export interface VoiceLimitSettings {
  readonly decideAfterMs: number;
  readonly threshold?: number | undefined;
  readonly margin?: number | undefined;
}

/**
 * How much the threshold rises when e (2.72) times as many people are enrolled: the more there are, the nearer the
 * nearest of them is to a stranger. Measured on LibriSpeech at equal false accepts: 0.009 to 0.013 from 6 to 10
 * people, which is 0.02 for a factor of e. Beyond 10 it is drawn out, not measured.
 */
const risePerNeper = 0.02;

/**
 * The model's limits with what the configuration says in their place. A threshold given there is that of the longest
 * speech; shorter speech keeps its distance from it. It stands for however many people there are.
 */
export function voiceLimits(match: VoiceMatch, settings: VoiceLimitSettings): VoiceLimits {
  const { decideAfterMs, threshold, margin = match.margin } = settings;
  if (threshold === undefined) return { ...match, margin, decideAfterMs, own: match };
  const shift = threshold - match.thresholds.at(-1)!.score;
  return {
    ...match,
    margin,
    decideAfterMs,
    own: match,
    people: null,
    thresholds: match.thresholds.map(({ voicedMs, score }) => ({ voicedMs, score: score + shift })),
  };
}

/**
 * The least cosine at which so much speech is an enrolled person's, where `people` are enrolled: scores rise with the
 * length of the speech, own ones and strangers' alike, because averaging takes noise out of both.
 */
export function thresholdAt(
  { thresholds, people: measuredFor }: Pick<VoiceLimits, 'thresholds' | 'people'>,
  voicedMs: number,
  people: number,
): number {
  const crowd = measuredFor === null ? 0 : risePerNeper * Math.log(Math.max(1, people / measuredFor));
  const above = thresholds.findIndex((point) => point.voicedMs >= voicedMs);
  // Beyond the last one, -1, it is the last one's.
  const right = thresholds.at(above)!;
  const left = above > 0 ? thresholds[above - 1]! : right;
  if (left === right) return right.score + crowd;
  const share = Math.log(voicedMs / left.voicedMs) / Math.log(right.voicedMs / left.voicedMs);
  return left.score + share * (right.score - left.score) + crowd;
}
