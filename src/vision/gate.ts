import type { DetectedFace } from '../../hal/contract/face-models.ts';
import type { FaceDecision } from '../decide/evidence.ts';
import { coveredFrom } from './covered.ts';

/** The limits a face must keep to be used. Units as in FaceQuality. */
export interface GateLimits {
  /** Eye distance in picture pixels. */
  readonly minEyeDistancePx: number;
  readonly minScore: number;
  readonly minSharpness: number;
  readonly minBrightness: number;
  readonly maxBrightness: number;
  readonly minContrast: number;
  readonly maxYawRatio: number;
  readonly maxRollDeg: number;
  readonly maxCovered: number;
}

/**
 * For a face that is to be recognised. Chosen where degraded pictures of the development pairs begin to be refused
 * by the match anyway: an eye distance of 12 px fails twice as often as 18, a blur of 3 px three times as often.
 */
export const probeLimits: GateLimits = {
  minEyeDistancePx: 18,
  minScore: 0.55,
  minSharpness: 4,
  minBrightness: 25,
  maxBrightness: 215,
  minContrast: 8,
  maxYawRatio: 0.45,
  maxRollDeg: 35,
  // A masked face may be recognised: whoever lets it open something says so to the gate.
  maxCovered: 1,
};

/**
 * For a picture that is kept: stricter, because every later match rests on it. A two-look score under 0.85 is the
 * worst twentieth of good portraits, and fails three times as often as the rest.
 */
export const enrolLimits: GateLimits = {
  minEyeDistancePx: 40,
  minScore: 0.85,
  minSharpness: 15,
  minBrightness: 60,
  maxBrightness: 190,
  minContrast: 15,
  maxYawRatio: 0.25,
  maxRollDeg: 20,
  maxCovered: coveredFrom,
};

/** Why a face is not used; `reason` is one sentence with the number and its limit. */
export interface Refusal {
  readonly decision: Exclude<FaceDecision, 'known' | 'unknown' | 'unsure'>;
  readonly reason: string;
}

/** The first limit the face does not keep, or undefined when it keeps them all. */
export function gate(face: Pick<DetectedFace, 'score' | 'quality'>, limits: GateLimits): Refusal | undefined {
  const { eyeDistancePx, sharpness, brightness, contrast, yawRatio, rollDeg, covered } = face.quality;
  if (face.score < limits.minScore) {
    return refuse('no-face', `detector score ${face.score.toFixed(2)}`, limits.minScore, 'least');
  }
  if (eyeDistancePx < limits.minEyeDistancePx) {
    return refuse('too-small', `eyes ${eyeDistancePx.toFixed(0)} px apart`, limits.minEyeDistancePx, 'least');
  }
  if (brightness < limits.minBrightness) {
    return refuse('too-dark', `brightness ${brightness.toFixed(0)}`, limits.minBrightness, 'least');
  }
  if (brightness > limits.maxBrightness) {
    return refuse('too-bright', `brightness ${brightness.toFixed(0)}`, limits.maxBrightness, 'most');
  }
  if (contrast < limits.minContrast) {
    return refuse('low-contrast', `contrast ${contrast.toFixed(1)}`, limits.minContrast, 'least');
  }
  if (sharpness < limits.minSharpness) {
    return refuse('blurred', `sharpness ${sharpness.toFixed(1)}`, limits.minSharpness, 'least');
  }
  if (Math.abs(yawRatio) > limits.maxYawRatio) {
    return refuse('turned', `head turned by ${Math.abs(yawRatio).toFixed(2)}`, limits.maxYawRatio, 'most');
  }
  if (Math.abs(rollDeg) > limits.maxRollDeg) {
    return refuse(
      'turned',
      `head tilted by ${Math.abs(rollDeg).toFixed(0)} degrees`,
      limits.maxRollDeg,
      'most',
    );
  }
  if (covered > limits.maxCovered) {
    return refuse('covered', `lower face covered by ${covered.toFixed(2)}`, limits.maxCovered, 'most');
  }
  return undefined;
}

function refuse(
  decision: Refusal['decision'],
  measured: string,
  limit: number,
  bound: 'least' | 'most',
): Refusal {
  return { decision, reason: `${measured}, at ${bound} ${limit}` };
}
