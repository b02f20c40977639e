import type { FaceEvidence, Sense, VoiceEvidence } from './evidence.ts';
import { type Standing, tellMinuteOfWeek } from './standing.ts';

/** What evidence must be like to open something. Presets choose the numbers. */
export interface AccessPolicy {
  /** An embedding older than this earns nothing. */
  readonly evidenceMaxAgeMs: number;
  /** A frame that took longer than this from arrival to its embedding earns nothing. */
  readonly frameMaxAgeMs: number;
  /** Speech whose end lies further back than this when it is named earns nothing. */
  readonly speechMaxAgeMs: number;
  /** Which sense must name a person: any, this one, or both the same person. */
  readonly require: Sense | 'either' | 'both';
  /** With `both`: so long after one sense has named a person the other may follow. */
  readonly bothWithinMs: number;
}

export const lampPolicy: AccessPolicy = {
  evidenceMaxAgeMs: 300,
  frameMaxAgeMs: 1_500,
  speechMaxAgeMs: 3_000,
  require: 'either',
  bothWithinMs: 10_000,
};

/** By the name of their preset. */
export const policies = { lamp: lampPolicy } as const satisfies Record<string, AccessPolicy>;

/** Why a policy refuses. */
const policyRefusals = [
  'nobody-named',
  'stale-evidence',
  'slow-evidence',
  'disabled',
  'clock-not-trusted',
  'expired',
  'outside-hours',
  'face-needed',
  'voice-needed',
] as const;

/** Every reason to refuse: those of a policy, and those that access has by itself. */
export const refusalCodes = [...policyRefusals, 'already-served', 'lockout'] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export type AccessDecision =
  | { readonly granted: true; readonly subjectId: string; readonly reason: string }
  | { readonly granted: false; readonly code: (typeof policyRefusals)[number]; readonly reason: string };

/**
 * Whether the evidence of a face, judged at `nowMs`, is good enough to open something. Pure: the same evidence, policy
 * and time give the same answer. Which senses the policy demands is for `combineSenses`.
 */
export function decideAccess(evidence: FaceEvidence, policy: AccessPolicy, nowMs: number): AccessDecision {
  if (evidence.decision !== 'known' || evidence.subjectId === null) {
    return { granted: false, code: 'nobody-named', reason: evidence.reason };
  }
  if (evidence.embeddedAtMs === null || evidence.frameAtMs === null) {
    return { granted: false, code: 'stale-evidence', reason: 'the face was never embedded' };
  }
  const ageMs = nowMs - evidence.embeddedAtMs;
  if (ageMs > policy.evidenceMaxAgeMs) {
    return {
      granted: false,
      code: 'stale-evidence',
      reason: `the face was last embedded ${Math.round(ageMs)} ms ago, at most ${policy.evidenceMaxAgeMs} ms is allowed`,
    };
  }
  const frameAgeMs = nowMs - evidence.frameAtMs;
  if (frameAgeMs > policy.frameMaxAgeMs) {
    return {
      granted: false,
      code: 'slow-evidence',
      reason: `the picture is ${Math.round(frameAgeMs)} ms old, at most ${policy.frameMaxAgeMs} ms is allowed`,
    };
  }
  return { granted: true, subjectId: evidence.subjectId, reason: evidence.reason };
}

/** The same for a voice. */
export function decideVoiceAccess(
  evidence: VoiceEvidence,
  policy: AccessPolicy,
  nowMs: number,
): AccessDecision {
  if (evidence.decision !== 'known' || evidence.subjectId === null) {
    return { granted: false, code: 'nobody-named', reason: evidence.reason };
  }
  const ageMs = nowMs - evidence.namedAtMs;
  if (ageMs > policy.evidenceMaxAgeMs) {
    return {
      granted: false,
      code: 'stale-evidence',
      reason: `the voice was named ${Math.round(ageMs)} ms ago, at most ${policy.evidenceMaxAgeMs} ms is allowed`,
    };
  }
  const speechAgeMs = nowMs - evidence.heardUntilMs;
  if (speechAgeMs > policy.speechMaxAgeMs) {
    return {
      granted: false,
      code: 'slow-evidence',
      reason: `the speech ended ${Math.round(speechAgeMs)} ms ago, at most ${policy.speechMaxAgeMs} ms is allowed`,
    };
  }
  return { granted: true, subjectId: evidence.subjectId, reason: evidence.reason };
}

/**
 * What becomes of an answer that evidence has earned when the person has terms: `undefined` for one without. Pure; a
 * refusal stays what it is. While nobody knows what time it is, hours and a last day let nobody in.
 */
export function applyTerms(own: AccessDecision, standing: Standing | undefined): AccessDecision {
  if (!own.granted || standing === undefined) return own;
  const { disabled, withinHours, expired, clockTrusted, minuteOfWeek } = standing;
  if (disabled) return { granted: false, code: 'disabled', reason: 'the person is disabled' };
  if (!clockTrusted && (withinHours !== null || expired !== null)) {
    const reason = 'the person has hours or a last day, and the clock was not set yet';
    return { granted: false, code: 'clock-not-trusted', reason };
  }
  if (expired === true) {
    return { granted: false, code: 'expired', reason: 'the last day of the person is over' };
  }
  if (withinHours === false) {
    const reason = `${tellMinuteOfWeek(minuteOfWeek)} is outside the hours of the person`;
    return { granted: false, code: 'outside-hours', reason };
  }
  return own;
}

export function otherSense(sense: Sense): Sense {
  return sense === 'face' ? 'voice' : 'face';
}

/** That one sense has named a person, with evidence that was good enough. */
export interface Witness {
  readonly by: Sense;
  readonly subjectId: string;
  readonly atMs: number;
}

/**
 * What becomes of the answer that one sense has earned by itself when the policy asks which senses must agree:
 * `witnesses` are those of the other sense that came before. Pure; a refusal stays what it is.
 */
export function combineSenses(
  own: AccessDecision,
  by: Sense,
  policy: Pick<AccessPolicy, 'require' | 'bothWithinMs'>,
  witnesses: readonly Witness[],
  nowMs: number,
): AccessDecision {
  if (!own.granted || policy.require === 'either' || policy.require === by) return own;
  const { subjectId } = own;
  const other = otherSense(by);
  const refused = (why: string): AccessDecision => ({
    granted: false,
    code: `${other}-needed`,
    reason: `${own.reason}; but ${why}`,
  });
  if (policy.require !== 'both') return refused(`only a ${other} opens`);
  const witness = witnesses.findLast((each) => each.by === other && each.subjectId === subjectId);
  if (witness === undefined) return refused(`the ${other} of ${subjectId} is needed, too`);
  const ageMs = Math.round(nowMs - witness.atMs);
  if (ageMs > policy.bothWithinMs) {
    return refused(`the ${other} was named ${ageMs} ms ago, at most ${policy.bothWithinMs} ms is allowed`);
  }
  return { granted: true, subjectId, reason: `${own.reason}; the ${other} was named ${ageMs} ms ago` };
}
