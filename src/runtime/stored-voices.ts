import { SystemClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type VoiceLimits, voiceLimits } from '../hearing/threshold.ts';
import type { PeopleStore } from '../people/store.ts';
import { openVoiceModels } from './real-voice-models.ts';
import { readSound } from './sound-input.ts';

/** A recording that a person is known by. */
export interface StoredVoice {
  readonly subjectId: string;
  /** Of the recording and of its copies, one after the other. */
  readonly embedding: Float32Array;
  readonly voicedMs: number;
}

/** A recording of somebody who is not enrolled, compared as one that is heard. */
export interface StrangerVoice {
  readonly person: string;
  readonly embedding: Float32Array;
  readonly voicedMs: number;
}

export interface ComparedVoices {
  readonly recordings: readonly StoredVoice[];
  readonly strangers: readonly StrangerVoice[];
  /** Strangers' files with too little speech to compare. */
  readonly speechless: readonly string[];
  readonly limits: VoiceLimits;
  readonly pipelineId: string;
}

/**
 * Every recording in the store that the configured voice models can compare, strangers' files as the
 * same models hear them, and the limits that they are held against; null where nothing is stored, and then no model is
 * loaded. Rejects with ModelError, ManifestError, HalError or InputError.
 */
export async function storedVoices(
  store: PeopleStore,
  { config, stateDirectory }: { readonly config: VigilConfig; readonly stateDirectory: string },
  strangerFiles: readonly { readonly person: string; readonly files: readonly string[] }[],
  signal: AbortSignal,
): Promise<ComparedVoices | null> {
  if (store.pipelines('voice').length === 0) return null;
  const models = await openVoiceModels(config, stateDirectory, new SystemClock(), {}, signal);
  const { pipelineId, match } = models;
  const strangers: StrangerVoice[] = [];
  const speechless: string[] = [];
  try {
    for (const { person, files } of strangerFiles) {
      for (const path of files) {
        const { embedding, voicedMs } = await models.embed(await readSound(path, signal), signal);
        if (embedding === null) speechless.push(path);
        else strangers.push({ person, embedding, voicedMs });
      }
    }
  } finally {
    await models.close();
  }
  const recordings = store.people().flatMap(({ subjectId }) =>
    store
      .samples(subjectId)
      .filter((sample) => sample.kind === 'voice' && sample.pipelineId === pipelineId)
      .map(({ embedding, quality }) => ({ subjectId, embedding, voicedMs: 1_000 * (quality.voicedS ?? 0) })),
  );
  if (recordings.length === 0) return null;
  return { recordings, strangers, speechless, limits: voiceLimits(match, config.hearing), pipelineId };
}
