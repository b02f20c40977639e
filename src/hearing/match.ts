import type { HeardVoice } from '../../hal/contract/voice-models.ts';
import type { VoiceAnswer } from '../decide/evidence.ts';
import type { VoiceMatch } from '../models/entry.ts';
import { copyKinds } from './enrol-copies.ts';
import type { AppliedLimits } from './namer.ts';
import { thresholdAt, type VoiceLimits } from './threshold.ts';

/** Centroids of a person: of the recordings as they are, and of their copies in the order of `copyKinds`. */
export const centroidsPerPerson = 1 + copyKinds.length;

/** Everybody a voice can be compared with. */
export interface VoiceGallery {
  readonly subjectIds: readonly string[];
  readonly embeddingLength: number;
  /** Unit length, `centroidsPerPerson` rows of `embeddingLength` a person, in the order of `subjectIds`. */
  readonly centroids: Float32Array;
}

export interface VoiceNeighbour {
  readonly subjectId: string;
  /** Cosine, less the penalty of the centroid that it was reached with. */
  readonly score: number;
}

/**
 * The people whose voice is nearest to a unit embedding, nearest first, equal ones in the gallery's order. A person's
 * score is the largest against the five centroids; what was enrolled in strong noise or long reverberation counts
 * less, because strangers come nearer to it.
 */
export function nearestVoices(
  { subjectIds, embeddingLength, centroids }: VoiceGallery,
  probe: Float32Array,
  penalties: VoiceMatch['penalties'],
  count: number,
): VoiceNeighbour[] {
  if (subjectIds.length > 0 && probe.length !== embeddingLength) {
    throw new RangeError(
      `an embedding of ${probe.length} numbers cannot be compared with ${embeddingLength}`,
    );
  }
  const taken = [0, ...copyKinds.map((kind) => penalties[kind])];
  return subjectIds
    .map((subjectId, person) => {
      let score = Number.NEGATIVE_INFINITY;
      for (const [centroid, penalty] of taken.entries()) {
        const offset = (person * centroidsPerPerson + centroid) * embeddingLength;
        score = Math.max(score, dot(centroids, offset, probe) - penalty);
      }
      return { subjectId, score };
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, count);
}

/** Once named, a speaker stays named down to this much under the limits, until the utterance ends: no flicker. */
const release = 0.02;

/**
 * With a larger share of its samples at full scale, what is heard is the microphone's and not the speaker's: amplified
 * until so many clip, speech has a median cosine of 0.85 to itself.
 */
const clippedLimit = 0.01;

/** What a stretch of sound is compared by. */
export interface VoiceJudgement {
  readonly heard: HeardVoice;
  /** From `nearestVoices`, two or more where there are so many; empty without an embedding. */
  readonly nearest: readonly VoiceNeighbour[];
  /** How many are enrolled. */
  readonly people: number;
  /** Who was named before in the same utterance. */
  readonly held: string | null;
}

/**
 * Known when there is enough speech, the nearest person is over the threshold for so much and so many people, and the
 * second is at least the margin lower; unsure when only the margin fails; else unknown, or why nothing can be said.
 */
export function judgeVoice(
  { heard, nearest, people, held }: VoiceJudgement,
  limits: VoiceLimits,
): VoiceAnswer {
  const { voicedMs, levelDbfs, clippedShare, embedding } = heard;
  const [best, second] = nearest;
  const unnamed = (decision: VoiceAnswer['decision'], reason: string): VoiceAnswer => ({
    decision,
    subjectId: null,
    score: best?.score ?? null,
    secondSubjectId: second?.subjectId ?? null,
    secondScore: second?.score ?? null,
    voicedMs,
    levelDbfs,
    reason,
  });
  const speech = `${(voicedMs / 1000).toFixed(2)} s of speech`;
  if (voicedMs === 0) return unnamed('no-speech', 'nobody speaks');
  if (clippedShare > clippedLimit) {
    const share = `${(100 * clippedShare).toFixed(1)} % of the samples are at full scale`;
    return unnamed('too-loud', `${share}, more than ${100 * clippedLimit} %`);
  }
  const said = best === undefined ? '' : `; ${best.subjectId} is nearest at ${best.score.toFixed(3)}`;
  if (embedding === null || voicedMs < limits.decideAfterMs) {
    return unnamed('too-short', `${speech}, ${(limits.decideAfterMs / 1000).toFixed(2)} s are needed${said}`);
  }
  if (best === undefined) return unnamed('unknown', 'nobody is enrolled');

  const { threshold, margin } = limitsFor(best, { voicedMs, people, held }, limits);
  const at = `${best.subjectId} is nearest at ${best.score.toFixed(3)}`;
  const wanted = `${threshold.toFixed(3)} for ${speech}`;
  if (best.score < threshold) return unnamed('unknown', `${at}, under ${wanted}`);
  const lead = second === undefined ? Number.POSITIVE_INFINITY : best.score - second.score;
  if (second !== undefined && lead < margin) {
    const close = `${second.subjectId} is only ${lead.toFixed(3)} lower, less than ${margin.toFixed(3)}`;
    return unnamed('unsure', `${at}, over ${wanted}, but ${close}`);
  }
  const next =
    second === undefined ? 'nobody else is enrolled' : `the next person at ${second.score.toFixed(3)}`;
  return { ...unnamed('known', `${at}, over ${wanted}; ${next}`), subjectId: best.subjectId };
}

/** What the nearest person is held against, for so much speech and so many people. */
export function limitsFor(
  best: VoiceNeighbour,
  {
    voicedMs,
    people,
    held,
  }: { readonly voicedMs: number; readonly people: number; readonly held: string | null },
  limits: VoiceLimits,
): AppliedLimits {
  const slack = best.subjectId === held ? release : 0;
  return {
    threshold: thresholdAt(limits, voicedMs, people) - slack,
    margin: Math.max(0, limits.margin - slack),
    ownThreshold: thresholdAt(limits.own, voicedMs, people),
    longestThreshold: thresholdAt(limits, Number.POSITIVE_INFINITY, people),
  };
}

function dot(rows: Float32Array, offset: number, vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += rows[offset + i]! * vector[i]!;
  return sum;
}
