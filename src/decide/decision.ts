import { type Account, type Attempt, accountOf, type Moment, type Share, sumBans } from './account.ts';
import type { Sense } from './evidence.ts';
import {
  type AccessPolicy,
  counts,
  otherSense,
  type PolicyRefusal,
  type Requirement,
  requirementUnder,
} from './policy.ts';

/** That one sense has named a person, with evidence that was good enough by itself. */
export interface Witness {
  readonly by: Sense;
  readonly subjectId: string;
  readonly atMs: number;
  readonly share: Share;
}

export type AccessDecision =
  | { readonly granted: true; readonly subjectId: string; readonly account: Account }
  | {
      readonly granted: false;
      readonly code: PolicyRefusal;
      readonly account: Account;
      /** What may be kept for the other sense to add to: the evidence is good and is not enough alone. */
      readonly witness: Witness | null;
    };

/**
 * Whether an attempt, judged at `nowMs`, opens something, and what that rests on. `witnesses` say what came before.
 * Pure: the same evidence, policy and time give the same answer.
 */
export function decideAccess(
  attempt: Attempt,
  policy: AccessPolicy,
  witnesses: readonly Witness[],
  moment: Moment,
): AccessDecision {
  const { nowMs } = moment;
  const account = accountOf(attempt, policy, moment);
  const refused = (
    code: PolicyRefusal,
    more: Partial<Account> = {},
    witness: Witness | null = null,
  ): AccessDecision => ({ granted: false, code, account: { ...account, ...more }, witness });

  const { subjectId, require: demanded } = account;
  if (attempt.evidence.decision !== 'known' || subjectId === null) return refused('nobody-named');
  const late = tooLate(attempt, policy, nowMs);
  if (late !== null) return refused(late.code, { tooOld: late.tooOld });
  const banned = refusalByTerms(attempt.evidence);
  if (banned !== null) {
    return refused(banned, { minuteOfWeek: attempt.evidence.standing?.minuteOfWeek ?? null });
  }
  if (account.why !== null) return refused('not-armed');
  if (demanded === 'nobody') return refused(closedBy(account, policy));

  const { by } = attempt;
  const other = otherSense(by);
  const share = account[by];
  if (!counts(by, demanded)) return refused(`${other}-needed`);
  const otherCounts = counts(other, demanded);
  const witness: Witness | null =
    share === null || !otherCounts ? null : { by, subjectId, atMs: nowMs, share };
  const second = otherCounts ? secondOf(witnesses, other, subjectId, policy, nowMs) : null;
  if (policy.challenge !== 'off' && attempt.by === 'face' && second === null) {
    const { challenge } = attempt.evidence;
    if (challenge === 'failed') return refused('challenge-failed', {}, witness);
    if (challenge !== 'passed') return refused('challenge-needed', {}, witness);
  } else if (second === null && demanded === 'both') return refused(`${other}-needed`, {}, witness);
  const whole: Account = { ...account, [other]: second };
  if (policy.neededBans !== null && sumBans(whole) < policy.neededBans)
    return refused('too-little-evidence', whole, witness);
  if (policy.tailgating === 'block' && moment.strangers > 0) {
    return refused('stranger-in-view', whole, witness);
  }
  return { granted: true, subjectId, account: whole };
}

/** Null for evidence that is fresh enough. */
function tooLate(
  attempt: Attempt,
  policy: AccessPolicy,
  nowMs: number,
): { readonly code: 'stale-evidence' | 'slow-evidence'; readonly tooOld: Account['tooOld'] } | null {
  const [readyAtMs, takenAtMs, takenMaxAgeMs] =
    attempt.by === 'face'
      ? [attempt.evidence.embeddedAtMs, attempt.evidence.frameAtMs, policy.frameMaxAgeMs]
      : [attempt.evidence.namedAtMs, attempt.evidence.heardUntilMs, policy.speechMaxAgeMs];
  if (readyAtMs === null || takenAtMs === null) return { code: 'stale-evidence', tooOld: null };
  const ages = [
    { code: 'stale-evidence', ageMs: nowMs - readyAtMs, limitMs: policy.evidenceMaxAgeMs },
    { code: 'slow-evidence', ageMs: nowMs - takenAtMs, limitMs: takenMaxAgeMs },
  ] as const;
  // What lies in the future is no evidence either.
  const late = ages.find(({ ageMs, limitMs }) => !(ageMs >= 0 && ageMs <= limitMs));
  if (late === undefined) return null;
  return { code: late.code, tooOld: { ageMs: late.ageMs, limitMs: late.limitMs } };
}

/** While nobody knows what time it is, hours and a last day let nobody in. Null for a person whom nothing bans. */
function refusalByTerms({ standing }: Attempt['evidence']): PolicyRefusal | null {
  if (standing === undefined) return null;
  const { disabled, withinHours, expired, clockTrusted } = standing;
  if (disabled) return 'disabled';
  if (!clockTrusted && (withinHours !== null || expired !== null)) return 'clock-not-trusted';
  if (expired === true) return 'expired';
  return withinHours === false ? 'outside-hours' : null;
}

/** Which circumstance it is that lets nobody in. */
function closedBy({ atNight }: Account, policy: AccessPolicy): PolicyRefusal {
  const byNight: Requirement = requirementUnder(policy, { atNight, degraded: false });
  return byNight === 'nobody' ? 'closed-at-night' : 'closed-while-degraded';
}

/** What the other sense has said of the person, its newest word, where that is within the window. */
function secondOf(
  witnesses: readonly Witness[],
  by: Sense,
  subjectId: string,
  { bothWithinMs }: AccessPolicy,
  nowMs: number,
): Share | null {
  const witness = witnesses.findLast((each) => each.by === by && each.subjectId === subjectId);
  if (witness === undefined) return null;
  const ageMs = nowMs - witness.atMs;
  return ageMs >= 0 && ageMs <= bothWithinMs ? { ...witness.share, ageMs } : null;
}
