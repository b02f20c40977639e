import type { FaceMatchLimits } from '../../hal/contract/face-models.ts';
import { otherPersonCosine } from '../hearing/enrol.ts';
import type { VoiceLimits } from '../hearing/threshold.ts';
import type { JoinLimits } from '../people/join-check.ts';
import { seeOptionsOf } from '../vision/see.ts';

/** When a face may join a person's samples. */
export function faceJoinLimits(match: FaceMatchLimits): JoinLimits {
  const { threshold, margin, replaceDistance } = seeOptionsOf(match);
  return { threshold, margin, otherPerson: replaceDistance };
}

/** When a voice may: squared distances of unit vectors are 2 - 2 cosines. */
export function voiceJoinLimits({
  thresholds,
  margin,
}: Pick<VoiceLimits, 'thresholds' | 'margin'>): JoinLimits {
  return {
    threshold: 2 - 2 * (thresholds.at(-1)?.score ?? 1),
    margin: 2 * margin,
    otherPerson: 2 - 2 * otherPersonCosine,
  };
}
