import type { Device } from './device.ts';
import type { Sound } from './sound.ts';

/** What the front end and the network say about a stretch of sound. */
export interface HeardVoice {
  /** Length of the speech that is left when everything else was cut out. */
  readonly voicedMs: number;
  /** Mean power of the whole stretch relative to full scale; -Infinity for digital silence. */
  readonly levelDbfs: number;
  /** Share of the samples that stand at full scale, 0 to 1. */
  readonly clippedShare: number;
  /** Unit length; null when there is too little speech to compare. */
  readonly embedding: Float32Array | null;
}

/**
 * The open-set voice network behind one door: a Worker with real models, or an oracle in simulation. A call that
 * exceeds its limit rejects with HalError `timeout` and the next call starts with fresh models.
 */
export interface VoiceModels extends Device {
  /** Names the model file and the front end: embeddings of different ids are never compared. */
  readonly pipelineId: string;
  readonly embeddingLength: number;
  embed(sound: Sound, signal: AbortSignal): Promise<HeardVoice>;
}

/** The trained closed-set network: it answers which of its labels, never whether it is one of them. */
export interface TrainedVoices extends Device {
  /** Names of the speakers it was trained on. */
  readonly labels: readonly string[];
  /** A share for each label, summing to 1. Sound that is too short or silent rejects with HalError `invalid-argument`. */
  classify(sound: Sound, signal: AbortSignal): Promise<readonly number[]>;
}
