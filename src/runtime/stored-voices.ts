import { SystemClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type VoiceLimits, voiceLimits } from '../hearing/threshold.ts';
import type { PeopleStore } from '../people/store.ts';
import { openVoiceModels } from './real-voice-models.ts';

/** A recording that a person is known by. */
export interface StoredVoice {
  readonly subjectId: string;
  /** Of the recording and of its copies, one after the other. */
  readonly embedding: Float32Array;
  readonly voicedMs: number;
}

/**
 * Every recording in the store that the configured voice models can compare, and the limits that they are held against;
 * null where there is none, and then no model is loaded. Rejects with ModelError, ManifestError or HalError.
 */
export async function storedVoices(
  store: PeopleStore,
  { config, stateDirectory }: { readonly config: VigilConfig; readonly stateDirectory: string },
  signal: AbortSignal,
): Promise<{ readonly recordings: readonly StoredVoice[]; readonly limits: VoiceLimits } | null> {
  if (store.pipelines('voice').length === 0) return null;
  const models = await openVoiceModels(config, stateDirectory, new SystemClock(), {}, signal);
  const { pipelineId, match } = models;
  await models.close();
  const recordings = store.people().flatMap(({ subjectId }) =>
    store
      .samples(subjectId)
      .filter((sample) => sample.kind === 'voice' && sample.pipelineId === pipelineId)
      .map(({ embedding, quality }) => ({ subjectId, embedding, voicedMs: 1_000 * (quality.voicedS ?? 0) })),
  );
  return recordings.length === 0 ? null : { recordings, limits: voiceLimits(match, config.hearing) };
}
