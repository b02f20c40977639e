import { type AccessPolicy, lampPolicy } from './policy.ts';

/** What a device is for; it chooses what the configuration does not. */
export interface Preset {
  readonly policy: AccessPolicy;
  /** Visitors whom nobody knows until nobody is let in for a while; null: no limit. */
  readonly attemptsAllowed: number | null;
  /** Whether a face with something over mouth and nose is recognised. */
  readonly covered: 'use' | 'refuse';
  /** Whether only a person may let the device leave `safe`. */
  readonly operatorLeavesSafe: boolean;
  /** Whether nothing is opened before the device was calibrated on its own people. */
  readonly needsCalibration: boolean;
}

/** A lamp, as the Python program had it: whoever is named lights it. */
const lamp: Preset = {
  policy: lampPolicy,
  attemptsAllowed: null,
  covered: 'use',
  operatorLeavesSafe: false,
  needsCalibration: false,
};

/**
 * `doorbell` tells who is there and opens nothing: it has no strike. `door` opens: face and voice of one person that
 * say 30,000 to one together, nobody else in view, few attempts, and a person who looks after it.
 */
export const presets = {
  lamp,
  doorbell: lamp,
  door: {
    policy: {
      ...lampPolicy,
      require: 'both',
      requireAtNight: 'both',
      requireDegraded: 'both',
      neededBans: 4.5,
      tailgating: 'block',
    },
    attemptsAllowed: 5,
    covered: 'refuse',
    operatorLeavesSafe: true,
    needsCalibration: true,
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof presets;
export const presetNames = ['lamp', 'doorbell', 'door'] as const satisfies readonly PresetName[];
