import type { VoiceDecision } from '../decide/evidence.ts';
import { unitSum } from '../models/unit.ts';
import { nearestVoices, type VoiceGallery } from './match.ts';
import { thresholdAt, type VoiceLimits } from './threshold.ts';
import type { DescribedRecording } from './voice-pipeline.ts';

/** What a recording is judged by, apart from whose voice it is: also what a live microphone gathers meanwhile. */
export type RecordingFacts = Pick<
  DescribedRecording,
  'voicedMs' | 'levelDbfs' | 'clippedShare' | 'speechToPauseDb'
>;

/** What a recording has to keep to. Stricter than for recognising: every later answer rests on it. */
const enrolLimits = {
  /** A window of the network and a half; less says little about a voice. */
  leastVoicedMs: 3_000,
  /** Amplified until 0.1 % of its samples clip, speech has a median cosine of 0.93 to itself; until 1 %, of 0.85. */
  clippedShare: 0.001,
  /** About noise 3 dB below the speech. One in a hundred recordings of LibriSpeech is under it, without a true pause. */
  leastSpeechToPauseDb: 5,
  leastLevelDbfs: -55,
  /**
   * Cosine of the two halves into which the windows fall. Measured with speakers of LibriSpeech: 0 of 110 recordings
   * of one person are under it, 96 % of 110 that are half one person's and half another's, and 87 % where the
   * second speaks for a quarter of the time. Two people with one microphone are more alike; then fewer are told.
   */
  leastLikeness: 0.72,
} as const;

/** Speech of a person from which the thresholds hold, and in how many recordings. */
export const enrolGoal = { voicedMs: 20_000, recordings: 3 } as const;

/**
 * At a smaller cosine two recordings are certainly not one person's. A calm and a raised voice of one person can be
 * as far apart as 0.65; the voices of two people mostly have 0.5 to 0.6.
 */
export const otherPersonCosine = 0.6;

export type RecordingProblem =
  | Extract<VoiceDecision, 'no-speech' | 'too-short' | 'too-loud'>
  | 'too-quiet'
  | 'too-noisy'
  | 'two-speakers';

export interface RecordingRefusal {
  readonly problem: RecordingProblem;
  /** One sentence with the number and its limit. */
  readonly reason: string;
}

/** Why nobody can be enrolled from a recording, or undefined when somebody can. */
export function refuseRecording(recording: DescribedRecording): RecordingRefusal | undefined {
  const { voicedMs, windows } = recording;
  const { leastVoicedMs, leastLikeness } = enrolLimits;
  if (voicedMs === 0) return { problem: 'no-speech', reason: 'nobody speaks in it' };
  const bad = refuseSound(recording);
  if (bad !== undefined) return bad;
  if (voicedMs < leastVoicedMs) {
    const reason = `${seconds(voicedMs)} s of speech, at least ${seconds(leastVoicedMs)} s are needed`;
    return { problem: 'too-short', reason };
  }
  const likeness = likenessOfHalves(windows);
  if (likeness === null || likeness >= leastLikeness) return undefined;
  const reason = `two people seem to speak in it: its parts are as alike as ${likeness.toFixed(2)}, at least ${leastLikeness} is one voice`;
  return { problem: 'two-speakers', reason };
}

/** What is wrong with the sound itself, whoever speaks; undefined when nothing is. */
function refuseSound({
  levelDbfs,
  clippedShare,
  speechToPauseDb,
}: RecordingFacts): RecordingRefusal | undefined {
  const limits = enrolLimits;
  if (clippedShare > limits.clippedShare) {
    const reason = `${percent(clippedShare)} of the samples are at full scale, at most ${percent(limits.clippedShare)} may be: turn the microphone down`;
    return { problem: 'too-loud', reason };
  }
  if (levelDbfs < limits.leastLevelDbfs) {
    const reason = `${levelDbfs.toFixed(0)} dB of full scale, at least ${limits.leastLevelDbfs} dB are needed: speak nearer to the microphone`;
    return { problem: 'too-quiet', reason };
  }
  if (speechToPauseDb !== null && speechToPauseDb < limits.leastSpeechToPauseDb) {
    const reason = `the pauses are only ${speechToPauseDb.toFixed(0)} dB quieter than the speech, at least ${limits.leastSpeechToPauseDb} dB are needed: look for a quieter room`;
    return { problem: 'too-noisy', reason };
  }
  return undefined;
}

/**
 * How alike the two groups are into which the windows of a recording fall: the cosine of their means after Lloyd's
 * algorithm has parted them, beginning with the two that are least alike. Null when a group has fewer than two.
 */
export function likenessOfHalves(windows: readonly Float32Array[]): number | null {
  let least = Number.POSITIVE_INFINITY;
  let means: [Float32Array, Float32Array] | undefined;
  for (const [i, one] of windows.entries()) {
    for (const other of windows.slice(i + 1)) {
      const cosine = dot(one, other);
      if (cosine < least) {
        least = cosine;
        means = [one, other];
      }
    }
  }
  if (means === undefined) return null;
  let [first, second]: Float32Array[][] = [[], []];
  for (let round = 0; round < 8; round++) {
    const [a, b]: readonly [Float32Array, Float32Array] = means;
    first = windows.filter((window) => dot(window, a) >= dot(window, b));
    second = windows.filter((window) => dot(window, a) < dot(window, b));
    if (first.length === 0 || second.length === 0) return null;
    means = [unitSum(first), unitSum(second)];
  }
  if (first === undefined || second === undefined || Math.min(first.length, second.length) < 2) return null;
  return dot(...means);
}

export interface EnrolProgress {
  /** 0 to 1: how far the speech gathered so far is on the way to a good enrolment. */
  readonly share: number;
  readonly voicedMs: number;
  readonly recordings: number;
  /** What to do next, one sentence. */
  readonly advice: string;
}

/**
 * How far an enrolment is: good recordings so far, and the one that is being made. For files and for a microphone
 * alike; after each second or at the end, as it suits.
 */
export function enrolProgress(accepted: readonly RecordingFacts[], current?: RecordingFacts): EnrolProgress {
  const bad = current === undefined || current.voicedMs === 0 ? undefined : refuseSound(current);
  const counted = current === undefined || bad !== undefined ? accepted : [...accepted, current];
  const voicedMs = counted.reduce((sum, recording) => sum + recording.voicedMs, 0);
  const share = Math.min(1, voicedMs / enrolGoal.voicedMs, counted.length / enrolGoal.recordings);
  return {
    share,
    voicedMs,
    recordings: counted.length,
    advice: bad?.reason ?? adviceFor(voicedMs, counted.length),
  };
}

function adviceFor(voicedMs: number, recordings: number): string {
  const lackMs = enrolGoal.voicedMs - voicedMs;
  if (lackMs > 0) return `${seconds(lackMs)} s more of speech, some of it calm and some of it raised`;
  const lack = enrolGoal.recordings - recordings;
  return lack > 0
    ? `${lack} more recording${lack === 1 ? '' : 's'}, best on another day or from another distance`
    : 'this is enough';
}

/** How well one recording of a person fits their other ones, and whether it fits somebody else as well. */
export interface RecordingCheck {
  /** Against the centroids of the person's other recordings; null where there is none. */
  readonly score: number | null;
  /** What it would have to be to be recognised. */
  readonly threshold: number;
  /** Somebody else who is as near but for the margin. */
  readonly confusableWith: { readonly subjectId: string; readonly score: number } | null;
  /** What to do about it, one sentence; null when all is well. */
  readonly advice: string | null;
}

/**
 * Tries each recording of a person as if it were heard by a device that knows only the others, and the other people.
 *
 * @param recordings of one person; each with the embeddings that `describe` gave, and its speech.
 * @param others everybody else.
 */
export function checkEnrolment(
  recordings: readonly Pick<DescribedRecording, 'embeddings' | 'voicedMs'>[],
  others: VoiceGallery,
  limits: VoiceLimits,
): RecordingCheck[] {
  return recordings.map(({ embeddings, voicedMs }, index) => {
    const [probe] = embeddings;
    if (probe === undefined) throw new RangeError('a recording without an embedding cannot be checked');
    const rest = recordings.filter((_, other) => other !== index);
    const own = rest.length === 0 ? null : scoreAgainst(probe, rest, limits);
    const [nearest] = nearestVoices(others, probe, limits.penalties, 1);
    const threshold = thresholdAt(limits, voicedMs, others.subjectIds.length + 1);
    const near = nearest !== undefined && nearest.score > (own ?? threshold) - limits.margin;
    const advice = near
      ? `${nearest.subjectId} sounds like it (${nearest.score.toFixed(3)}): the two will be taken for each other`
      : own !== null && own < threshold
        ? `it fits the other recordings at ${own.toFixed(3)} only, under ${threshold.toFixed(3)}: record more`
        : null;
    return { score: own, threshold, confusableWith: near ? nearest : null, advice };
  });
}

function scoreAgainst(
  probe: Float32Array,
  recordings: readonly Pick<DescribedRecording, 'embeddings'>[],
  { penalties }: VoiceLimits,
): number {
  const kinds = recordings[0]!.embeddings.length;
  const centroids = new Float32Array(kinds * probe.length);
  for (let kind = 0; kind < kinds; kind++) {
    centroids.set(unitSum(recordings.map(({ embeddings }) => embeddings[kind]!)), kind * probe.length);
  }
  const gallery = { subjectIds: ['own'], embeddingLength: probe.length, centroids };
  return nearestVoices(gallery, probe, penalties, 1)[0]!.score;
}

/** The embeddings of a recording one after the other, as the people store keeps them. */
export function sampleOf({ embeddings }: Pick<DescribedRecording, 'embeddings'>): Float32Array {
  const length = embeddings[0]?.length ?? 0;
  const sample = new Float32Array(embeddings.length * length);
  for (const [index, embedding] of embeddings.entries()) sample.set(embedding, index * length);
  return sample;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
