import type { Attempt } from '../../src/decide/account.ts';
import { type AccessDecision, decideAccess, type Witness } from '../../src/decide/decision.ts';
import type { FaceEvidence, Sense, VoiceEvidence } from '../../src/decide/evidence.ts';
import { type AccessPolicy, lampPolicy } from '../../src/decide/policy.ts';

/** When everything here is asked. */
export const nowMs = 50_000;

/** Ana's face, just embedded, clearly hers. */
export function face(more: Partial<FaceEvidence> = {}): Attempt {
  return {
    by: 'face',
    evidence: {
      trackId: 1,
      decision: 'known',
      subjectId: 'p_ana',
      distance: 0.061,
      secondSubjectId: 'p_bea',
      secondDistance: 0.361,
      frames: 3,
      frameAtMs: nowMs - 60,
      embeddedAtMs: nowMs - 20,
      eyeDistancePx: 60,
      reason: '',
      llrBans: 4.1,
      ...more,
    },
  };
}

/** Ana's voice, just named. */
export function voice(more: Partial<VoiceEvidence> = {}): Attempt {
  return {
    by: 'voice',
    evidence: {
      decision: 'known',
      subjectId: 'p_ana',
      score: 0.883,
      secondSubjectId: 'p_bea',
      secondScore: 0.6,
      voicedMs: 4_000,
      levelDbfs: -26,
      reason: '',
      heardFromMs: nowMs - 5_000,
      heardUntilMs: nowMs - 60,
      namedAtMs: nowMs,
      llrBans: 1.3,
      ...more,
    },
  };
}

export const asking: Readonly<Record<Sense, () => Attempt>> = { face: () => face(), voice: () => voice() };

/** What a sense has said before. */
export function witness(by: Sense, ageMs: number, subjectId = 'p_ana'): Witness {
  const share = { llrBans: by === 'face' ? 4.1 : 1.3, nearest: 0.061, second: null, ageMs: 0 };
  return { by, subjectId, atMs: nowMs - ageMs, share };
}

export function decided(
  attempt: Attempt,
  policy: Partial<AccessPolicy> = {},
  witnesses: readonly Witness[] = [],
  degraded = false,
  strangers = 0,
): AccessDecision {
  return decideAccess(attempt, { ...lampPolicy, ...policy }, witnesses, { nowMs, degraded, strangers });
}

/** `granted`, or why not. */
export function answered(...asked: Parameters<typeof decided>): string {
  const decision = decided(...asked);
  return decision.granted ? 'granted' : decision.code;
}
