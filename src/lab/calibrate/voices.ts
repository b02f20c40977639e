import { type LlrLine, nothingCalibrated, voiceLine } from '../../decide/calibration.ts';
import { type Rate, rateOf } from '../../decide/rate.ts';
import { centroidsPerPerson, limitsFor, nearestVoices, type VoiceGallery } from '../../hearing/match.ts';
import { thresholdAt, type VoiceLimits } from '../../hearing/threshold.ts';
import type { StoredVoice, StrangerVoice } from '../../runtime/stored-voices.ts';
import { fitLine } from './line.ts';

export interface VoiceCalibration {
  readonly people: number;
  readonly recordings: number;
  /** Strangers who were given. Each enrolled person is one more, to the others. */
  readonly strangers: number;
  /** Strangers of whom one recording or more is named as somebody. */
  readonly falseAccepts: Rate;
  /** Recordings that are not named as their person, compared with the person's other ones. */
  readonly falseRejects: Rate;
  /** Recordings that are named as somebody else. */
  readonly confused: Rate;
  /** The weight of a cosine above the model's own threshold; null where `missing` says what there is too little of. */
  readonly line: LlrLine | null;
  readonly missing: readonly string[];
}

/** Of fewer comparisons a line would say more of the few than of voices: 30 strangers allow +1 ban (rule of three). */
const comparisonsNeeded = { own: 10, strangers: 30 } as const;

/** What is compared: a recording as it was made, without its copies. */
type Probe = Pick<StoredVoice, 'embedding' | 'voicedMs'>;

/**
 * What the limits in force make of the enrolled people's own recordings and of strangers': each own one is compared
 * with the person's other ones and with everybody else, and everybody is a stranger to the others. A stranger counts
 * once, however many recordings there are: those of one person err together.
 */
export function calibrateVoices(
  recordings: readonly StoredVoice[],
  strangers: readonly StrangerVoice[],
  limits: VoiceLimits,
): VoiceCalibration {
  const people = new Set(recordings.map(({ subjectId }) => subjectId));
  const counts = { own: 0, missed: 0, confused: 0 };
  const scores: { readonly own: number[]; readonly strangers: number[] } = { own: [], strangers: [] };
  const visitors = new Set<string>();
  const passed = new Set<string>();
  const visit = (visitor: string, probe: Probe, enrolled: readonly StoredVoice[]) => {
    if (enrolled.length === 0) return;
    const { name, aboveThreshold } = compare(probe, enrolled, limits);
    visitors.add(visitor);
    if (name !== null) passed.add(visitor);
    scores.strangers.push(Math.max(...aboveThreshold.values()));
  };
  for (const recording of recordings) {
    const { subjectId, voicedMs } = recording;
    const embedding = recording.embedding.subarray(0, recording.embedding.length / centroidsPerPerson);
    const probe = { embedding, voicedMs };
    visit(
      subjectId,
      probe,
      recordings.filter((other) => other.subjectId !== subjectId),
    );
    const rest = recordings.filter((other) => other !== recording);
    if (!rest.some((other) => other.subjectId === subjectId)) continue;
    const { name, aboveThreshold } = compare(probe, rest, limits);
    scores.own.push(aboveThreshold.get(subjectId)!);
    counts.own++;
    if (name !== subjectId) counts.missed++;
    if (name !== null && name !== subjectId) counts.confused++;
  }
  for (const stranger of strangers) visit(`stranger ${stranger.person}`, stranger, recordings);
  const needed = [
    [counts.own, comparisonsNeeded.own, 'own recordings beside others of the person'],
    [visitors.size, comparisonsNeeded.strangers, 'strangers’ voices'],
  ] as const;
  const few = needed.flatMap(([count, least, what]) =>
    count < least ? [`${count} ${what}; ${least} are needed to weigh voices`] : [],
  );
  const line = few.length > 0 ? null : weightLine(scores, { own: counts.own, strangers: visitors.size });
  const unlike = few.length === 0 && line === null ? ['own recordings are not nearer than strangers’'] : [];
  return {
    people: people.size,
    recordings: recordings.length,
    strangers: new Set(strangers.map(({ person }) => person)).size,
    falseAccepts: rateOf(passed.size, visitors.size),
    falseRejects: rateOf(counts.missed, counts.own),
    confused: rateOf(counts.confused, counts.own),
    line,
    missing: [...few, ...unlike],
  };
}

/** The same fit as of faces, whose distances are smaller where they are nearer. */
function weightLine(
  scores: { readonly own: readonly number[]; readonly strangers: readonly number[] },
  independent: { readonly own: number; readonly strangers: number },
): LlrLine | null {
  const negated = (line: LlrLine) => ({ ...line, evenAt: -line.evenAt, bansPerUnit: -line.bansPerUnit });
  const negatives = (values: readonly number[]) => values.map((value) => -value);
  const prior = negated(voiceLine(nothingCalibrated, ''));
  const line = fitLine(negatives(scores.own), negatives(scores.strangers), independent, prior);
  return line === null ? null : negated(line);
}

/** Who a recording is named as where these are enrolled, null: nobody; and how far above the model's threshold each is. */
function compare(
  { embedding, voicedMs }: Probe,
  enrolled: readonly StoredVoice[],
  limits: VoiceLimits,
): { readonly name: string | null; readonly aboveThreshold: ReadonlyMap<string, number> } {
  const gallery = galleryOf(enrolled);
  const people = gallery.subjectIds.length;
  const nearest = nearestVoices(gallery, embedding, limits.penalties, people);
  const own = thresholdAt(limits.own, voicedMs, people);
  const aboveThreshold = new Map(nearest.map(({ subjectId, score }) => [subjectId, score - own]));
  const [best, second] = nearest;
  if (best === undefined) return { name: null, aboveThreshold };
  const { threshold, margin } = limitsFor(best, { voicedMs, people, held: null }, limits);
  const lead = second === undefined ? Number.POSITIVE_INFINITY : best.score - second.score;
  return { name: best.score >= threshold && lead >= margin ? best.subjectId : null, aboveThreshold };
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
