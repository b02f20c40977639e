import { createHash } from 'node:crypto';
import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { type RecordingFacts, type RecordingRefusal, refuseRecording, sampleOf } from '../hearing/enrol.ts';
import { centroidsPerPerson, type VoiceGallery } from '../hearing/match.ts';
import type { DescribedRecording } from '../hearing/voice-pipeline.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import type { NewSample, Provenance, Sample, SampleQuality } from '../people/person.ts';
import type { DescribeRecording } from '../people/recording-import.ts';
import { voiceOriginal } from './originals.ts';

/** A recording that is good enough to enrol, as a sample. */
export interface EnrolRecording {
  readonly input: string;
  readonly recording: DescribedRecording;
  readonly sample: NewSample;
}

/**
 * A recording as a sample, or why it cannot be one. Rejects with HalError `invalid-argument` for sound that the models
 * cannot take, and otherwise when they fail.
 */
export async function enrolRecording(
  {
    input,
    sound,
    provenance,
    keepOriginals,
  }: { input: string; sound: Sound; provenance: Provenance; keepOriginals: boolean },
  models: WorkerVoiceModels,
  signal: AbortSignal,
): Promise<EnrolRecording | RecordingRefusal> {
  const recording = await models.describe(sound, signal);
  const refusal = refuseRecording(recording);
  if (refusal !== undefined) return refusal;
  const { pipelineId } = models;
  const embedding = sampleOf(recording);
  const quality = recordingQuality(recording);
  const original = keepOriginals ? { original: voiceOriginal(sound) } : {};
  return {
    input,
    recording,
    sample: { kind: 'voice', pipelineId, embedding, quality, provenance, ...original },
  };
}

/** Names what is heard through a microphone in a sample's provenance: the hash of its numbers. */
export function contentOf({ samples, sampleRateHz }: Sound): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return createHash('sha256').update(`${sampleRateHz} Hz\n`).update(bytes).digest('hex');
}

/** What a recording of an audios folder holds, by the voice models that `models` gives. */
export function recordingDescriber(models: () => WorkerVoiceModels | undefined): DescribeRecording {
  return async (path, signal) => {
    const { sound } = await readSoundFile(path, signal).catch((error: unknown) => {
      // To the import a HalError means that the models failed; a bad recording is the recording's own fault.
      throw error instanceof HalError ? new Error(error.message, { cause: error }) : error;
    });
    const loaded = models();
    if (loaded === undefined) throw new HalError('closed', 'voice models', 'they are not loaded');
    const recording = await loaded.describe(sound, signal).catch((error: unknown) => {
      const unfit = error instanceof HalError && error.kind === 'invalid-argument';
      throw unfit ? new Error(error.message, { cause: error }) : error;
    });
    const refusal = refuseRecording(recording);
    if (refusal !== undefined) return { reason: refusal.problem, message: refusal.reason };
    return { embedding: sampleOf(recording), quality: recordingQuality(recording), warning: undefined };
  };
}

/** The numbers that are kept with a sample. */
export function recordingQuality({
  voicedMs,
  levelDbfs,
  clippedShare,
  speechToPauseDb,
}: DescribedRecording): SampleQuality {
  return {
    voicedS: voicedMs / 1000,
    levelDbfs,
    clippedShare,
    ...(speechToPauseDb === null ? {} : { speechToPauseDb }),
  };
}

/** The recordings that a person is known by in one pipeline, as their samples keep them. */
export function recordingsKept(
  samples: readonly Sample[],
  { pipelineId, embeddingLength }: Pick<WorkerVoiceModels, 'pipelineId' | 'embeddingLength'>,
): (RecordingFacts & Pick<DescribedRecording, 'embeddings'>)[] {
  return samples
    .filter((sample) => sample.kind === 'voice' && sample.pipelineId === pipelineId)
    .map(({ embedding, quality }) => ({
      embeddings: Array.from({ length: embedding.length / embeddingLength }, (_, index) =>
        embedding.subarray(index * embeddingLength, (index + 1) * embeddingLength),
      ),
      voicedMs: 1000 * (quality.voicedS ?? 0),
      levelDbfs: quality.levelDbfs ?? 0,
      clippedShare: quality.clippedShare ?? 0,
      speechToPauseDb: quality.speechToPauseDb ?? null,
    }));
}

/** Everybody but one. */
export function withoutPerson(gallery: VoiceGallery, subjectId: string): VoiceGallery {
  const { subjectIds, embeddingLength, centroids } = gallery;
  const person = subjectIds.indexOf(subjectId);
  if (person === -1) return gallery;
  const length = centroidsPerPerson * embeddingLength;
  const others = new Float32Array(centroids.length - length);
  others.set(centroids.subarray(0, person * length));
  others.set(centroids.subarray((person + 1) * length), person * length);
  return {
    subjectIds: subjectIds.filter((other) => other !== subjectId),
    embeddingLength,
    centroids: others,
  };
}

/** Cosine of the voices of two samples of one pipeline, as they were recorded. */
export function likenessOf(one: Pick<NewSample, 'embedding'>, other: Pick<NewSample, 'embedding'>): number {
  const length = one.embedding.length / centroidsPerPerson;
  let dot = 0;
  for (let i = 0; i < length; i++) dot += one.embedding[i]! * other.embedding[i]!;
  return dot;
}
