import { type Account, type Share, sumBans } from './account.ts';
import type { FaceDecision, Sense, VoiceDecision } from './evidence.ts';
import { otherSense, type RefusalCode } from './policy.ts';
import { tellMinuteOfWeek } from './standing.ts';

/** An answer of access, as it was given or as a trace has it. */
export interface ToldAnswer {
  readonly by: Sense;
  /** Null for a grant. */
  readonly code: RefusalCode | null;
  readonly account: Account;
}

/** What is said of a face or of a voice. */
export const decisionWords: Readonly<Record<FaceDecision | VoiceDecision, string>> = {
  known: 'known',
  unknown: 'nobody known',
  unsure: 'not sure who it is',
  'too-small': 'too far away',
  blurred: 'blurred',
  'too-dark': 'too dark to tell',
  'too-bright': 'too bright to tell',
  'low-contrast': 'too little contrast',
  turned: 'turned away',
  covered: 'covered',
  'no-face': 'no face',
  'no-speech': 'no speech',
  'too-short': 'too little speech to tell',
  'too-loud': 'too loud to tell',
};

export const unarmedWords: Readonly<Record<NonNullable<Account['why']>, string>> = {
  'not-calibrated': 'the device was not calibrated on its own people',
  stale: 'people or models have changed since it was calibrated',
  'too-thin': 'its calibration rests on too little',
};

/**
 * An answer in one sentence with its numbers, the same wherever it is told:
 * `granted Ana: face +4.1 (distance 0.061, margin 0.300), voice +1.3 (score 0.883, 3.2 s before), needed 4.5; face
 * alone would not have been enough`. Weights are decimal log-likelihood ratios, in bans.
 */
export function tellAnswer({ by, code, account }: ToldAnswer, nameOf: (subjectId: string) => string): string {
  const who = account.subjectId === null ? '' : ` ${nameOf(account.subjectId)}`;
  const turned = account.challenged ? '; the head turned as asked' : '';
  if (code === null) return `granted${who}: ${sharesText(by, account)}${turned}${aloneText(account)}`;
  return `refused${who}, by ${by}: ${refusalText(by, code, account)}`;
}

function refusalText(by: Sense, code: RefusalCode, account: Account): string {
  const { tooOld, minuteOfWeek } = account;
  const limit = tooOld === null ? '' : `, at most ${ms(tooOld.limitMs)} is allowed`;
  switch (code) {
    case 'nobody-named':
      return `${decisionWords[account.decision]}${nearestText(by, account)}`;
    case 'stale-evidence':
      if (tooOld === null) return 'the face was never embedded';
      return `the ${by} was recognised ${ms(tooOld.ageMs)} before${limit}`;
    case 'slow-evidence': {
      const what = by === 'face' ? 'the picture was taken' : 'the speech ended';
      return `${what} ${ms(tooOld?.ageMs ?? 0)} before${limit}`;
    }
    case 'disabled':
      return 'the person is disabled';
    case 'clock-not-trusted':
      return 'the person has hours or a last day, and the clock was not set yet';
    case 'expired':
      return 'the last day of the person is over';
    case 'outside-hours':
      return `${minuteOfWeek === null ? 'now' : tellMinuteOfWeek(minuteOfWeek)} is outside the hours of the person`;
    case 'not-armed':
      return `nothing is opened yet: ${unarmedWords[account.why ?? 'not-calibrated']}`;
    case 'closed-at-night':
      return 'nobody is let in at night';
    case 'closed-while-degraded':
      return 'nobody is let in while something of the device is impaired';
    case 'face-needed':
    case 'voice-needed': {
      const other = otherSense(by);
      const need = account.require === 'both' ? `the ${other} is needed, too` : `only a ${other} opens`;
      return `${sharesText(by, account)}; but ${need}${circumstances(account)}`;
    }
    case 'too-little-evidence':
      return `${sharesText(by, account)}: too little`;
    case 'challenge-needed':
      return `${sharesText(by, account)}; but a picture would look the same: turn your head as you are asked to, or speak`;
    case 'challenge-failed':
      return `${sharesText(by, account)}; but the head did not turn as it was asked to`;
    case 'stranger-in-view':
      return `${sharesText(by, account)}; but ${account.strangers === 1 ? 'a face' : `${account.strangers} faces`} in view beside it belong${account.strangers === 1 ? 's' : ''} to nobody known`;
    case 'already-served':
      return 'served already; leaving and coming back re-arms';
    case 'lockout':
      return 'too many failed attempts; nobody is let in for a while';
  }
}

/** The sense that asks first, then the other one, then what it takes. */
function sharesText(by: Sense, account: Account): string {
  const shares = [by, otherSense(by)].flatMap((sense) => {
    const share = account[sense];
    return share === null ? [] : [shareText(sense, share, sense !== by)];
  });
  const { neededBans } = account;
  return [...shares, ...(neededBans === null ? [] : [`needed ${neededBans.toFixed(1)}`])].join(', ');
}

function shareText(sense: Sense, { llrBans, nearest, second, ageMs }: Share, before: boolean): string {
  const margin = nearest === null || second === null ? null : Math.abs(nearest - second);
  const numbers = [
    ...(nearest === null ? [] : [`${sense === 'face' ? 'distance' : 'score'} ${nearest.toFixed(3)}`]),
    ...(margin === null ? [] : [`margin ${margin.toFixed(3)}`]),
    ...(before ? [`${(ageMs / 1_000).toFixed(1)} s before`] : []),
  ];
  return `${sense} ${bans(llrBans)} (${numbers.join(', ')})`;
}

/** Whether one sense would have done, where two have spoken. */
function aloneText(account: Account): string {
  const { face, voice, require, neededBans } = account;
  if (face === null || voice === null) return '';
  if (require === 'both') return `; both are demanded${circumstances(account)}`;
  const enough = (['face', 'voice'] as const).filter(
    (sense) =>
      neededBans === null || sumBans({ face: null, voice: null, [sense]: account[sense] }) >= neededBans,
  );
  const [one] = enough;
  if (enough.length === 2) return '; each alone would have been enough';
  if (one !== undefined) return `; ${one} alone would have been enough`;
  const stronger = (face.llrBans ?? 0) >= (voice.llrBans ?? 0) ? 'face' : 'voice';
  return `; ${stronger} alone would not have been enough`;
}

function circumstances({ atNight, degraded }: Account): string {
  const when = [...(atNight ? ['at night'] : []), ...(degraded ? ['while something is impaired'] : [])];
  return when.length === 0 ? '' : ` ${when.join(' and ')}`;
}

function nearestText(by: Sense, account: Account): string {
  const share = account[by];
  if (share === null || share.nearest === null) return '';
  const weight = share.llrBans === null ? '' : `, ${bans(share.llrBans)}`;
  return ` (nearest at ${by === 'face' ? 'distance' : 'score'} ${share.nearest.toFixed(3)}${weight})`;
}

/** `+4.1`, `-0.3`; `?` for what was never weighed. */
function bans(llrBans: number | null): string {
  if (llrBans === null) return '?';
  const text = llrBans.toFixed(1);
  return llrBans >= 0 ? `+${text.replace('-', '')}` : text.replace('-0.0', '+0.0');
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
