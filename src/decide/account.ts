import type { FaceDecision, FaceEvidence, Sense, VoiceDecision, VoiceEvidence } from './evidence.ts';
import { type AccessPolicy, type Requirement, requirementUnder } from './policy.ts';

/** A face or a voice that asks for something. */
export type Attempt =
  | { readonly by: 'face'; readonly evidence: FaceEvidence }
  | { readonly by: 'voice'; readonly evidence: VoiceEvidence };

export interface Moment {
  readonly nowMs: number;
  /** Whether something of the device is impaired. */
  readonly degraded: boolean;
  /** Faces in view, beside the one that asks, that were not named. */
  readonly strangers: number;
}

/** What one sense has said: squared distance or score, of the nearest person and of the second. */
export interface Share {
  readonly llrBans: number | null;
  readonly nearest: number | null;
  readonly second: number | null;
  /** How long before the decision it was said. */
  readonly ageMs: number;
}

/** What a decision rests on: ids, codes and numbers, so that it may stand in a trace and be told from there. */
export interface Account {
  /** Whom the evidence names. */
  readonly subjectId: string | null;
  /** What was said of the face or voice that asks. */
  readonly decision: FaceDecision | VoiceDecision;
  readonly face: Share | null;
  readonly voice: Share | null;
  /** Null where whoever was named is let in. */
  readonly neededBans: number | null;
  /** What was demanded under the circumstances. */
  readonly require: Requirement;
  readonly atNight: boolean;
  readonly degraded: boolean;
  readonly strangers: number;
  /** Whether the face moved as it was asked to. */
  readonly challenged: boolean;
  /** Why nothing may be opened yet. */
  readonly why: AccessPolicy['unarmed'];
  /** How old what was too old is, and may be. */
  readonly tooOld: { readonly ageMs: number; readonly limitMs: number } | null;
  /** Of a person with hours: since Monday midnight, local time. */
  readonly minuteOfWeek: number | null;
}

/** What the attempt brings along, before anything is demanded of it. */
export function accountOf(
  attempt: Attempt,
  policy: AccessPolicy,
  { nowMs, degraded, strangers }: Moment,
): Account {
  const { decision, subjectId, atNight = false, unarmed = null } = attempt.evidence;
  return {
    subjectId,
    decision,
    face: attempt.by === 'face' ? faceShare(attempt.evidence, nowMs) : null,
    voice: attempt.by === 'voice' ? voiceShare(attempt.evidence, nowMs) : null,
    neededBans: policy.neededBans,
    require: requirementUnder(policy, { atNight, degraded }),
    atNight,
    degraded,
    strangers,
    challenged: attempt.by === 'face' && attempt.evidence.challenge === 'passed',
    why: policy.unarmed ?? unarmed,
    tooOld: null,
    minuteOfWeek: null,
  };
}

function faceShare({ llrBans, distance, secondDistance, embeddedAtMs }: FaceEvidence, nowMs: number): Share {
  return {
    llrBans: llrBans ?? null,
    nearest: distance,
    second: secondDistance,
    ageMs: embeddedAtMs === null ? 0 : nowMs - embeddedAtMs,
  };
}

function voiceShare({ llrBans, score, secondScore, namedAtMs }: VoiceEvidence, nowMs: number): Share {
  return { llrBans: llrBans ?? null, nearest: score, second: secondScore, ageMs: nowMs - namedAtMs };
}

/** The weight of everything that counted, in bans: what senses that err independently say adds up. */
export function sumBans({ face, voice }: Pick<Account, Sense>): number {
  return (face?.llrBans ?? 0) + (voice?.llrBans ?? 0);
}
