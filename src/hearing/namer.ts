import type { Sound } from '../../hal/contract/sound.ts';
import type { VoiceAnswer } from '../decide/evidence.ts';

/** An answer, and the nearest few people with their scores, the best first. */
export interface NamedVoice extends VoiceAnswer {
  readonly nearest: readonly { readonly subjectId: string; readonly score: number }[];
  /** What the nearest were held against; null where nothing was compared. */
  readonly limits: AppliedLimits | null;
}

/** The limits of one answer, for replay with others. */
export interface AppliedLimits {
  /** For so much speech. */
  readonly threshold: number;
  readonly margin: number;
  /** The model's own for so much speech, whatever the configuration says and whoever was named before. */
  readonly ownThreshold: number;
  /** For the longest speech: what `hearing.threshold` sets. */
  readonly longestThreshold: number;
}

/** Names the speaker of a stretch of sound: one door for the open-set embedding and for the trained network. */
export interface VoiceNamer {
  /** Names the models and the front end, for the trace. */
  readonly pipelineId: string;
  /** Cosines of embeddings, or shares of the trained network. */
  readonly scores: 'cosines' | 'shares';
  /** Somebody else may speak from now on: an earlier answer does not lend weight to the next. */
  startAnew(): void;
  /** Rejects with HalError when the models fail or do not answer in time. */
  name(sound: Sound, signal: AbortSignal): Promise<NamedVoice>;
}
