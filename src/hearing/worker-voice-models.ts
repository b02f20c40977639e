import type { Clock } from '../../hal/contract/clock.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { HeardVoice, VoiceModels } from '../../hal/contract/voice-models.ts';
import type { VoiceMatch } from '../models/entry.ts';
import { ModelsWorker } from '../models/worker.ts';
import type { DescribedRecording } from './voice-pipeline.ts';
import {
  type Answer,
  answerSchema,
  type Ready,
  type Request,
  readySchema,
  type VoiceModelChoice,
} from './worker-messages.ts';

const deviceName = 'voice models';

/** Seven seconds of speech take 50 ms on a PC, and ten times as long on a small board. */
const defaultCallLimitMs = 5_000;
/** A recording can last for minutes, and is embedded five times. */
const describeLimitMs = 120_000;
/** One window of the network in so much sound. */
const windowHopMs = 770;

export interface WorkerVoiceModelsOptions {
  readonly clock: Clock;
  readonly models: VoiceModelChoice;
  /** Only the newest speech of this length is embedded; all of it where absent. */
  readonly newestMs?: number;
  /** How long an embedding may take; 5 s by default. */
  readonly callLimitMs?: number;
  /** Starts the thread: models-worker.ts, or in tests one that misbehaves. */
  readonly startWorker?: () => Worker;
}

/** The voice network in a Worker; see `ModelsWorker` for what happens when it fails or hangs. */
export class WorkerVoiceModels implements VoiceModels {
  readonly name = deviceName;
  readonly pipelineId: string;
  readonly embeddingLength: number;
  /** Cosines from which the model's embeddings are one person's. */
  readonly match: VoiceMatch;
  readonly #worker: ModelsWorker<Ready, Answer>;
  readonly #newestMs: number | undefined;
  readonly #callLimitMs: number;

  private constructor(options: WorkerVoiceModelsOptions, worker: ModelsWorker<Ready, Answer>) {
    this.#worker = worker;
    this.#newestMs = options.newestMs;
    this.#callLimitMs = options.callLimitMs ?? defaultCallLimitMs;
    ({
      pipelineId: this.pipelineId,
      embeddingLength: this.embeddingLength,
      match: this.match,
    } = worker.ready);
  }

  /** Starts the Worker and loads the network. Rejects as `ModelsWorker.open` does. */
  static async open(options: WorkerVoiceModelsOptions, signal: AbortSignal): Promise<WorkerVoiceModels> {
    const { clock, models } = options;
    const startWorker =
      options.startWorker ?? (() => new Worker(new URL('./models-worker.ts', import.meta.url).href));
    const start = { models };
    return new WorkerVoiceModels(
      options,
      await ModelsWorker.open(
        { deviceName, clock, startWorker, start, ready: readySchema, answer: answerSchema },
        signal,
      ),
    );
  }

  /** Rejects with HalError `invalid-argument` for sound that is none: another rate, numbers that are not finite. */
  async embed({ sampleRateHz, samples }: Sound, signal: AbortSignal): Promise<HeardVoice> {
    const newestMs = this.#newestMs;
    const answer = await this.#worker.call(
      (call): Request => ({
        kind: 'embed',
        call,
        sound: { sampleRateHz, samples },
        ...(newestMs === undefined ? {} : { newestMs }),
      }),
      'embedded',
      { limitMs: this.#callLimitMs, declaredMs: this.#declaredMs(sampleRateHz, samples.length) },
      signal,
    );
    return answer.heard;
  }

  /**
   * A recording to enrol somebody from: its embeddings as it is and in noise and rooms, and what decides whether it
   * is good enough. Rejects as `embed` does, also for more than ten minutes.
   */
  async describe({ sampleRateHz, samples }: Sound, signal: AbortSignal): Promise<DescribedRecording> {
    const answer = await this.#worker.call(
      (call): Request => ({ kind: 'describe', call, sound: { sampleRateHz, samples } }),
      'described',
      { limitMs: describeLimitMs, declaredMs: 5 * this.#declaredMs(sampleRateHz, samples.length) },
      signal,
    );
    return answer.recording;
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #declaredMs(sampleRateHz: number, samples: number): number {
    const lengthMs = Math.min((samples / sampleRateHz) * 1000, this.#newestMs ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(lengthMs) ? this.#worker.ready.declaredMs * Math.ceil(lengthMs / windowHopMs) : 0;
  }
}
