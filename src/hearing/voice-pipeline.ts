import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { HeardVoice } from '../../hal/contract/voice-models.ts';
import type { VoiceEmbedderEntry, VoiceMatch } from '../models/entry.ts';
import type { Located } from '../models/manifest.ts';
import { unitSum } from '../models/unit.ts';
import { loadVoiceEmbedder, type VoiceEmbedder } from '../models/voice-embedder.ts';
import { copyKinds, copyOf } from './enrol-copies.ts';
import { cutWindows, frontEndId, leastVoicedMs, type PreparedVoice, prepareVoice } from './front-end.ts';
import { networkRateHz, resample } from './resample.ts';
import { VoiceActivityDetector } from './vad.ts';

export type VoiceSound = Pick<Sound, 'sampleRateHz' | 'samples'>;

/** A recording that somebody may be enrolled from. */
export interface DescribedRecording extends Omit<HeardVoice, 'embedding'> {
  /** Mean power of the speech over that of the pauses, dB; null where there are none to speak of. */
  readonly speechToPauseDb: number | null;
  /** Of each window, in order; none when there is too little speech. */
  readonly windows: readonly Float32Array[];
  /** Unit length: of the recording as it is, and of its copies in the order of `copyKinds`; none as above. */
  readonly embeddings: readonly Float32Array[];
}

/** Longer recordings are cut by whoever made them: a minute says all there is. */
const longestRecordingMs = 600_000;

/** Front end and embedding network: sound to voice. Blocks its thread: use it in a Worker. */
export class VoicePipeline {
  readonly pipelineId: string;
  readonly embeddingLength: number;
  readonly match: VoiceMatch;
  /** Simulated milliseconds of one window; see `declaredMs` in the manifest. */
  readonly declaredMs: number;
  readonly #embedder: VoiceEmbedder;
  readonly #detector: VoiceActivityDetector;

  private constructor(embedder: VoiceEmbedder, detector: VoiceActivityDetector) {
    const { sha256, output, match, declaredMs } = embedder.model;
    // Whatever changes an embedding is in the name.
    this.pipelineId = `${sha256.slice(0, 16)}-${frontEndId}`;
    this.embeddingLength = output.length;
    this.match = match;
    this.declaredMs = declaredMs;
    this.#embedder = embedder;
    this.#detector = detector;
  }

  /** Loads the network after checking its file. Throws ModelError, which names the model and what is wrong. */
  static async load(model: Located<VoiceEmbedderEntry>): Promise<VoicePipeline> {
    return new VoicePipeline(await loadVoiceEmbedder(model), await VoiceActivityDetector.create());
  }

  /**
   * The voice of a stretch of sound, or of the newest `newestMs` of the speech in it.
   * Throws HalError `invalid-argument` for sound that is none, ModelError `failed` when the network does.
   */
  async embed(sound: VoiceSound, newestMs = Number.POSITIVE_INFINITY): Promise<HeardVoice> {
    const { voiced, levelDbfs, clippedShare } = this.#prepare(sound);
    const newest = voiced.subarray(-Math.min(voiced.length, (newestMs * networkRateHz) / 1000));
    const windows = await this.#windows(newest);
    const voicedMs = (newest.length * 1000) / networkRateHz;
    const embedding = windows.length === 0 ? null : unitSum(windows);
    return { voicedMs, levelDbfs, clippedShare, embedding };
  }

  /** Everything that decides whether a recording can be enrolled, and the embeddings to enrol. Throws as `embed`. */
  async describe({ samples, sampleRateHz }: VoiceSound): Promise<DescribedRecording> {
    const lengthMs = (samples.length / sampleRateHz) * 1000;
    if (lengthMs > longestRecordingMs) {
      throw new HalError(
        'invalid-argument',
        'voice models',
        `a recording of ${Math.round(lengthMs / 60_000)} minutes; at most ${longestRecordingMs / 60_000} are listened to`,
      );
    }
    const prepared = this.#prepare({ samples, sampleRateHz });
    const { voicedMs, levelDbfs, clippedShare, speechToPauseDb } = prepared;
    const windows = await this.#windows(prepared.voiced);
    const embeddings: Float32Array[] = [];
    if (windows.length > 0) {
      const wave = resample(samples, sampleRateHz);
      embeddings.push(unitSum(windows));
      for (const kind of copyKinds) {
        const copy = this.#prepare({ sampleRateHz: networkRateHz, samples: copyOf(wave, kind) });
        const copied = await this.#windows(copy.voiced);
        // Noise can hide so much of a recording that too little speech is left; then the clean one has to do.
        embeddings.push(copied.length > 0 ? unitSum(copied) : embeddings[0]!);
      }
    }
    return { voicedMs, levelDbfs, clippedShare, speechToPauseDb, windows, embeddings };
  }

  async close(): Promise<void> {
    this.#detector.close();
    await this.#embedder.close();
  }

  #prepare(sound: VoiceSound): PreparedVoice {
    try {
      return prepareVoice(sound, this.#detector);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new HalError('invalid-argument', 'voice models', error.message, { cause: error });
    }
  }

  async #windows(voiced: Float32Array): Promise<Float32Array[]> {
    const tooLittle = voiced.length < (leastVoicedMs * networkRateHz) / 1000;
    return tooLittle ? [] : await this.#embedder.embed(cutWindows(voiced));
  }
}
