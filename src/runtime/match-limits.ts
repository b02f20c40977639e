import type { FaceMatchLimits } from '../../hal/contract/face-models.ts';
import type { VigilConfig } from '../config/schema.ts';
import { coveredFrom } from '../vision/covered.ts';
import { type GateLimits, probeLimits } from '../vision/gate.ts';
import { presetOf } from './access-settings.ts';

/** The limits of matching: the configuration's where it sets them, else the models' own. */
export function matchLimits(
  { vision }: VigilConfig,
  models: { readonly match: FaceMatchLimits },
): FaceMatchLimits {
  return {
    threshold: vision.threshold ?? models.match.threshold,
    margin: vision.margin ?? models.match.margin,
  };
}

/** What a face must be like to be recognised. */
export function faceGate(config: VigilConfig): GateLimits {
  const covered = config.vision.covered ?? presetOf(config).covered;
  return covered === 'refuse' ? { ...probeLimits, maxCovered: coveredFrom } : probeLimits;
}
