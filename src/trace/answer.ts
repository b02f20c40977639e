import type { Account, Share } from '../decide/account.ts';
import { doorEvidence } from '../decide/calibration.ts';
import type { FaceDecision, VoiceDecision } from '../decide/evidence.ts';
import { faceDecisions, voiceDecisions } from '../decide/evidence.ts';
import { type RefusalCode, refusalCodes, requirements } from '../decide/policy.ts';
import type { ToldAnswer } from '../decide/tell-answer.ts';
import type { TraceData, TraceValue } from './data.ts';
import { fieldAt, numberAt, textAt } from './fields.ts';

/** An answer of access as a record has it; null where a record of another build lacks something of it. */
export function answerIn(event: string, data: TraceData): ToldAnswer | null {
  const by = textAt(data, 'by');
  const account = accountIn(fieldAt(data, 'account'));
  if ((by !== 'face' && by !== 'voice') || account === null) return null;
  if (event === 'ACCESS.GRANTED') return { by, code: null, account };
  const code = refusalCodes.find((each: RefusalCode) => each === textAt(data, 'code'));
  return event === 'ACCESS.REFUSED' && code !== undefined ? { by, code, account } : null;
}

/** An account that was written as plain data. */
export function accountIn(value: TraceValue | undefined): Account | null {
  const decisions: readonly (FaceDecision | VoiceDecision)[] = [...faceDecisions, ...voiceDecisions];
  const decision = decisions.find((each) => each === textAt(value, 'decision'));
  const require = requirements.find((each) => each === textAt(value, 'require'));
  if (decision === undefined || require === undefined) return null;
  const unarmed = doorEvidence.find((each) => each === textAt(value, 'why'));
  const ageMs = numberAt(value, 'tooOld', 'ageMs');
  const limitMs = numberAt(value, 'tooOld', 'limitMs');
  return {
    subjectId: textAt(value, 'subjectId') ?? null,
    decision,
    face: shareIn(fieldAt(value, 'face')),
    voice: shareIn(fieldAt(value, 'voice')),
    neededBans: numberAt(value, 'neededBans') ?? null,
    require,
    atNight: fieldAt(value, 'atNight') === true,
    degraded: fieldAt(value, 'degraded') === true,
    challenged: fieldAt(value, 'challenged') === true,
    strangers: numberAt(value, 'strangers') ?? 0,
    why: unarmed === undefined || unarmed === 'enough' ? null : unarmed,
    tooOld: ageMs === undefined || limitMs === undefined ? null : { ageMs, limitMs },
    minuteOfWeek: numberAt(value, 'minuteOfWeek') ?? null,
  };
}

function shareIn(value: TraceValue | undefined): Share | null {
  const ageMs = numberAt(value, 'ageMs');
  if (ageMs === undefined) return null;
  return {
    llrBans: numberAt(value, 'llrBans') ?? null,
    nearest: numberAt(value, 'nearest') ?? null,
    second: numberAt(value, 'second') ?? null,
    ageMs,
  };
}
