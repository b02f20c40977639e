import type { FaceEvidence, VoiceEvidence } from '../../decide/evidence.ts';
import { judgeMatch, type MatchLimits, type Neighbour } from '../../vision/match.ts';

/** What was decided, and the sentence with the numbers. */
export interface Judged {
  readonly decision: string;
  readonly subjectId: string | null;
  readonly reason: string;
}

/** The same by the recorded limits and by others. */
export interface Rejudged {
  readonly recorded: Judged;
  readonly now: Judged;
}

/** A person near to a voice; larger scores are nearer. */
export interface NearVoice {
  readonly subjectId: string;
  readonly score: number;
}

/**
 * What a face would have been by other limits. Null where it was not the limits that decided: too few frames, a
 * picture that was not good enough, a frame that did not fit those before it.
 */
export function rejudgeFace(
  evidence: FaceEvidence,
  nearest: readonly Neighbour[],
  votes: number,
  limits: { readonly recorded: MatchLimits; readonly now: MatchLimits },
): Rejudged | null {
  if (nearest.length === 0 || evidence.frames < votes) return null;
  const recorded = judgeMatch(nearest, limits.recorded);
  return recorded.decision === evidence.decision ? { recorded, now: judgeMatch(nearest, limits.now) } : null;
}

/** The same for a voice; the limits are those for so much speech. */
export function rejudgeVoice(
  evidence: VoiceEvidence,
  nearest: readonly NearVoice[],
  limits: { readonly recorded: MatchLimits; readonly now: MatchLimits },
): Rejudged | null {
  const recorded = judgeScores(nearest, limits.recorded);
  return recorded !== null && recorded.decision === evidence.decision
    ? { recorded, now: judgeScores(nearest, limits.now) ?? recorded }
    : null;
}

function judgeScores(nearest: readonly NearVoice[], { threshold, margin }: MatchLimits): Judged | null {
  const [best, second] = nearest;
  if (best === undefined) return null;
  const at = `${best.subjectId} is nearest at ${best.score.toFixed(3)}`;
  const unnamed = (decision: string, reason: string): Judged => ({ decision, subjectId: null, reason });
  if (best.score < threshold) return unnamed('unknown', `${at}, under ${threshold.toFixed(3)}`);
  const lead = second === undefined ? Number.POSITIVE_INFINITY : best.score - second.score;
  if (second !== undefined && lead < margin) {
    const close = `${second.subjectId} is only ${lead.toFixed(3)} lower, less than ${margin.toFixed(3)}`;
    return unnamed('unsure', `${at}, over ${threshold.toFixed(3)}, but ${close}`);
  }
  const reason = `${at}, not under ${threshold.toFixed(3)}`;
  return { decision: 'known', subjectId: best.subjectId, reason };
}
