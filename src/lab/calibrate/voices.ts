import { type Rate, rateOf } from '../../decide/rate.ts';
import { centroidsPerPerson, limitsFor, nearestVoices, type VoiceGallery } from '../../hearing/match.ts';
import type { VoiceLimits } from '../../hearing/threshold.ts';
import type { StoredVoice } from '../../runtime/stored-voices.ts';

export interface VoiceCalibration {
  readonly people: number;
  readonly recordings: number;
  /** People of whom one recording or more is named as somebody else when they themselves are not enrolled. */
  readonly falseAccepts: Rate;
  /** Recordings that are not named as their person, compared with the person's other ones. */
  readonly falseRejects: Rate;
  /** Recordings that are named as somebody else. */
  readonly confused: Rate;
}

/**
 * What the limits in force make of the enrolled people's own recordings: each is compared with the person's other ones
 * and with everybody else, and everybody is a stranger to the others. Strangers' recordings are not asked for; so few
 * people say little, and no weight is drawn from them.
 */
export function calibrateVoices(recordings: readonly StoredVoice[], limits: VoiceLimits): VoiceCalibration {
  const people = [...new Set(recordings.map(({ subjectId }) => subjectId))];
  const counts = { own: 0, missed: 0, confused: 0 };
  const passed = new Set<string>();
  for (const recording of recordings) {
    const others = recordings.filter(({ subjectId }) => subjectId !== recording.subjectId);
    if (nameOf(recording, others, limits) !== null) passed.add(recording.subjectId);
    const rest = recordings.filter((other) => other !== recording);
    if (!rest.some(({ subjectId }) => subjectId === recording.subjectId)) continue;
    const named = nameOf(recording, rest, limits);
    counts.own++;
    if (named !== recording.subjectId) counts.missed++;
    if (named !== null && named !== recording.subjectId) counts.confused++;
  }
  return {
    people: people.length,
    recordings: recordings.length,
    falseAccepts: rateOf(passed.size, people.length > 1 ? people.length : 0),
    falseRejects: rateOf(counts.missed, counts.own),
    confused: rateOf(counts.confused, counts.own),
  };
}

/** Who a recording is named as where these are enrolled; null: nobody. */
function nameOf(
  { embedding, voicedMs }: StoredVoice,
  enrolled: readonly StoredVoice[],
  limits: VoiceLimits,
): string | null {
  const gallery = galleryOf(enrolled);
  const probe = embedding.subarray(0, embedding.length / centroidsPerPerson);
  const [best, second] = nearestVoices(gallery, probe, limits.penalties, 2);
  if (best === undefined) return null;
  const at = { voicedMs, people: gallery.subjectIds.length, held: null };
  const { threshold, margin } = limitsFor(best, at, limits);
  const lead = second === undefined ? Number.POSITIVE_INFINITY : best.score - second.score;
  return best.score >= threshold && lead >= margin ? best.subjectId : null;
}

/** Of each person and each kind of copy the direction of the sum, as a device has it. */
function galleryOf(recordings: readonly StoredVoice[]): VoiceGallery {
  const sums = new Map<string, Float32Array>();
  for (const { subjectId, embedding } of recordings) {
    const sum = sums.get(subjectId) ?? new Float32Array(embedding.length);
    sums.set(subjectId, sum);
    for (let i = 0; i < embedding.length; i++) sum[i] = sum[i]! + embedding[i]!;
  }
  const embeddingLength = (recordings[0]?.embedding.length ?? 0) / centroidsPerPerson;
  const centroids = new Float32Array(sums.size * centroidsPerPerson * embeddingLength);
  for (const [person, sum] of [...sums.values()].entries()) {
    for (let part = 0; part < centroidsPerPerson; part++) {
      const row = sum.subarray(part * embeddingLength, (part + 1) * embeddingLength);
      const length = Math.hypot(...row) || 1;
      const unit = row.map((value) => value / length);
      centroids.set(unit, (person * centroidsPerPerson + part) * embeddingLength);
    }
  }
  return { subjectIds: [...sums.keys()], embeddingLength, centroids };
}
