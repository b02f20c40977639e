import type { Clock } from '../../hal/contract/clock.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { TrainedVoices } from '../../hal/contract/voice-models.ts';
import { ModelsWorker } from '../models/worker.ts';
import { type Answer, answerSchema, type Ready, type Request, readySchema } from './trained-messages.ts';

const deviceName = 'trained voices';

/** The features of seven seconds take 60 ms on a PC, and ten times as long on a small board. */
const defaultCallLimitMs = 5_000;
/** What a call is charged with in simulated time, as that of the simulated twin. */
const callMs = 150;

export interface WorkerTrainedVoicesOptions {
  readonly clock: Clock;
  /** Where `vigil voices train` left the network. */
  readonly folder: string;
  /** How long an answer may take; 5 s by default. */
  readonly callLimitMs?: number;
  /** Starts the thread: trained-worker.ts, or in tests one that misbehaves. */
  readonly startWorker?: () => Worker;
}

/** The trained network in a Worker; see `ModelsWorker` for what happens when it fails or hangs. */
export class WorkerTrainedVoices implements TrainedVoices {
  readonly name = deviceName;
  readonly pipelineId: string;
  readonly labels: readonly string[];
  /** Length of what it was trained on: of longer sound only the newest part is used. */
  readonly pieceMs: number;
  readonly #worker: ModelsWorker<Ready, Answer>;
  readonly #callLimitMs: number;

  private constructor(worker: ModelsWorker<Ready, Answer>, callLimitMs: number) {
    this.#worker = worker;
    this.#callLimitMs = callLimitMs;
    ({ pipelineId: this.pipelineId, labels: this.labels, pieceMs: this.pieceMs } = worker.ready);
  }

  /** Starts the Worker and loads the network. Rejects as `openTrainedNetwork` and `ModelsWorker.open` do. */
  static async open(options: WorkerTrainedVoicesOptions, signal: AbortSignal): Promise<WorkerTrainedVoices> {
    const { clock, folder, callLimitMs = defaultCallLimitMs } = options;
    const startWorker =
      options.startWorker ?? (() => new Worker(new URL('./trained-worker.ts', import.meta.url).href));
    const start = { folder };
    const worker = await ModelsWorker.open(
      { deviceName, clock, startWorker, start, ready: readySchema, answer: answerSchema },
      signal,
    );
    return new WorkerTrainedVoices(worker, callLimitMs);
  }

  /** Rejects with HalError `invalid-argument` for sound that is too short, silent or none. */
  async classify({ sampleRateHz, samples, startMs }: Sound, signal: AbortSignal): Promise<readonly number[]> {
    const answer = await this.#worker.call(
      (call): Request => ({ kind: 'classify', call, sound: { sampleRateHz, samples, startMs } }),
      'classified',
      { limitMs: this.#callLimitMs, declaredMs: callMs },
      signal,
    );
    return answer.shares;
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
