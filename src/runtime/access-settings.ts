import type { AccessInput } from '../../machines/access.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { DoorEvidence } from '../decide/calibration.ts';
import type { AccessPolicy } from '../decide/policy.ts';
import { type Preset, presets } from '../decide/presets.ts';
import { unarmedWords } from '../decide/tell-answer.ts';

/** What is chosen by the preset, and may be set by a key of its own. */
interface Chosen {
  readonly key: string;
  readonly set: string | number | undefined;
  readonly preset: string | number | null;
}

function chosen({ access, vision }: VigilConfig): Chosen[] {
  const { policy, attemptsAllowed, covered }: Preset = presets[access.preset];
  return [
    { key: 'access.require', set: access.require, preset: policy.require },
    { key: 'access.require_at_night', set: access.requireAtNight, preset: policy.requireAtNight },
    { key: 'access.require_degraded', set: access.requireDegraded, preset: policy.requireDegraded },
    { key: 'access.needed_evidence', set: access.neededEvidence, preset: policy.neededBans },
    { key: 'access.tailgating', set: access.tailgating, preset: policy.tailgating },
    { key: 'access.attempts_allowed', set: access.attemptsAllowed, preset: attemptsAllowed },
    { key: 'vision.covered', set: vision.covered, preset: covered },
  ];
}

/** Keys that say something else than the preset, in words: `access.require is "either", not "both" as of door`. */
function presetOverrides(config: VigilConfig): string[] {
  return chosen(config).flatMap(({ key, set, preset }) =>
    set === undefined || set === preset
      ? []
      : [`${key} is ${JSON.stringify(set)}, not ${preset ?? 'unlimited'} as of ${config.access.preset}`],
  );
}

/** What whoever runs the device must know: keys that say something else than the preset, and that it opens nothing. */
export function accessNotes(config: VigilConfig, evidence: DoorEvidence): string[] {
  const { unarmed } = policyOf(config, evidence);
  const { preset } = config.access;
  return [
    ...(unarmed === null ? [] : [`the ${preset} is not armed and opens nothing: ${unarmedWords[unarmed]}`]),
    ...presetOverrides(config),
  ];
}

export function presetOf({ access }: Pick<VigilConfig, 'access'>): Preset {
  return presets[access.preset];
}

/** What access asks of evidence under this configuration, and why it opens nothing where it does not. */
export function policyOf(config: VigilConfig, evidence: DoorEvidence): AccessPolicy {
  const { access, vision } = config;
  const { policy, needsCalibration } = presetOf(config);
  return {
    ...policy,
    evidenceMaxAgeMs: vision.evidenceMaxAgeMs,
    bothWithinMs: access.bothWithinMs,
    challenge: access.challenge,
    require: access.require ?? policy.require,
    requireAtNight: access.requireAtNight ?? policy.requireAtNight,
    requireDegraded: access.requireDegraded ?? policy.requireDegraded,
    neededBans: access.neededEvidence ?? policy.neededBans,
    tailgating: access.tailgating ?? policy.tailgating,
    unarmed: needsCalibration && evidence !== 'enough' ? evidence : null,
  };
}

export function budgetOf(config: VigilConfig): AccessInput['budget'] {
  const { attemptsAllowed, attemptsWithinMs } = config.access;
  const allowed = attemptsAllowed ?? presetOf(config).attemptsAllowed;
  return allowed === null ? null : { allowed, withinMs: attemptsWithinMs };
}
