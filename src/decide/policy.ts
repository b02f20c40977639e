import type { DoorEvidence } from './calibration.ts';
import type { Sense } from './evidence.ts';

/** Which senses must name a person before anything is opened, from the loosest to the tightest. */
export const requirements = ['either', 'face', 'voice', 'both', 'nobody'] as const;
/** `either`: any sense; one of the two; `both`: of the same person; `nobody`: nothing opens. */
export type Requirement = (typeof requirements)[number];

/** What evidence must be like to open something. Presets choose the numbers. */
export interface AccessPolicy {
  /** An embedding older than this earns nothing. */
  readonly evidenceMaxAgeMs: number;
  /** A frame that took longer than this from arrival to its embedding earns nothing. */
  readonly frameMaxAgeMs: number;
  /** Speech whose end lies further back than this when it is named earns nothing. */
  readonly speechMaxAgeMs: number;
  readonly require: Requirement;
  /** While it is night, and while something of the device is impaired; they tighten `require` and never loosen it. */
  readonly requireAtNight: Requirement;
  readonly requireDegraded: Requirement;
  /** So long after one sense has named a person the other may follow, and what both say adds up. */
  readonly bothWithinMs: number;
  /** The weight of evidence that a grant takes, in bans; null: whoever was named is let in. */
  readonly neededBans: number | null;
  /** Whether a face in view that was not named, beside the one that asks, keeps everything shut. */
  readonly tailgating: 'ignore' | 'block';
  /** Whether a face takes a movement that was asked for, or the voice of the same person; the movement is enough. */
  readonly challenge: 'off' | 'turn';
  /** Why nothing may be opened yet; null where it may. */
  readonly unarmed: Exclude<DoorEvidence, 'enough'> | null;
}

export const lampPolicy: AccessPolicy = {
  evidenceMaxAgeMs: 300,
  frameMaxAgeMs: 1_500,
  speechMaxAgeMs: 3_000,
  require: 'either',
  requireAtNight: 'both',
  requireDegraded: 'either',
  bothWithinMs: 10_000,
  neededBans: null,
  tailgating: 'ignore',
  challenge: 'off',
  unarmed: null,
};

/** Why a policy refuses. */
export const policyRefusals = [
  'nobody-named',
  'stale-evidence',
  'slow-evidence',
  'disabled',
  'clock-not-trusted',
  'expired',
  'outside-hours',
  'not-armed',
  'closed-at-night',
  'closed-while-degraded',
  'face-needed',
  'voice-needed',
  'too-little-evidence',
  'challenge-needed',
  'challenge-failed',
  'stranger-in-view',
] as const;
export type PolicyRefusal = (typeof policyRefusals)[number];

/** Every reason to refuse: those of a policy, and those that access has by itself. */
export const refusalCodes = [...policyRefusals, 'already-served', 'lockout'] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** What the evidence is judged under. */
export interface Circumstances {
  readonly atNight: boolean;
  /** Something of the device is impaired. */
  readonly degraded: boolean;
}

/** What the policy demands under the circumstances: these tighten, and never loosen. */
export function requirementUnder(policy: AccessPolicy, { atNight, degraded }: Circumstances): Requirement {
  let demanded = policy.require;
  if (atNight) demanded = tighter(demanded, policy.requireAtNight);
  if (degraded) demanded = tighter(demanded, policy.requireDegraded);
  return demanded;
}

/** What satisfies both: a face and a voice that are demanded are both demanded. */
function tighter(a: Requirement, b: Requirement): Requirement {
  if (a === b || b === 'either') return a;
  if (a === 'either') return b;
  return a === 'nobody' || b === 'nobody' ? 'nobody' : 'both';
}

/** Whether what this sense says counts where so much is demanded. */
export function counts(by: Sense, demanded: Requirement): boolean {
  return demanded === 'either' || demanded === 'both' || demanded === by;
}

export function otherSense(sense: Sense): Sense {
  return sense === 'face' ? 'voice' : 'face';
}
