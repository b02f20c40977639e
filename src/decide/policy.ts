import type { FaceEvidence, VoiceEvidence } from './evidence.ts';

/** What evidence must be like to open something. Presets choose the numbers. */
export interface AccessPolicy {
  /** An embedding older than this earns nothing. */
  readonly evidenceMaxAgeMs: number;
  /** A frame that took longer than this from arrival to its embedding earns nothing. */
  readonly frameMaxAgeMs: number;
  /** Speech whose end lies further back than this when it is named earns nothing. */
  readonly speechMaxAgeMs: number;
}

export const lampPolicy: AccessPolicy = {
  evidenceMaxAgeMs: 300,
  frameMaxAgeMs: 1_500,
  speechMaxAgeMs: 3_000,
};

/** By the name of their preset. */
export const policies = { lamp: lampPolicy } as const satisfies Record<string, AccessPolicy>;

export type AccessDecision =
  | { readonly granted: true; readonly subjectId: string; readonly reason: string }
  | {
      readonly granted: false;
      readonly code: 'nobody-named' | 'stale-evidence' | 'slow-evidence';
      readonly reason: string;
    };

/**
 * Whether the evidence, judged at `nowMs`, opens anything. Pure: the same evidence, policy and time give the same
 * answer. Hours, expiry and further kinds of evidence join here.
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
