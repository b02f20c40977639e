import type { FrameRef } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import type { DetectedFace, FaceMatchLimits, FaceModels } from '../../hal/contract/face-models.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import { ModelsWorker } from '../models/worker.ts';
import {
  type Answer,
  answerSchema,
  type ModelChoice,
  type Ready,
  type Request,
  readySchema,
} from './worker-messages.ts';

const deviceName = 'face models';

/** A call that takes longer ends the Worker: a hundred times what it takes on a PC, ten times on a small board. */
const defaultCallLimitMs = 3_000;
/** A picture from a file can be large and hold many faces. */
const describeLimitMs = 20_000;

export interface WorkerFaceModelsOptions {
  readonly clock: Clock;
  /** Where the frames lie; shared with the Worker, so no pixel is copied. */
  readonly ring: FrameRing;
  readonly models: ModelChoice;
  /** How long a look or an embedding may take; 3 s by default. */
  readonly callLimitMs?: number;
  /** Starts the thread: models-worker.ts, or in tests one that misbehaves. */
  readonly startWorker?: () => Worker;
}

/** A face of a picture with its embedding. */
export interface DescribedPictureFace {
  readonly face: DetectedFace;
  readonly embedding: Float32Array;
}

/** The face networks in a Worker; see `ModelsWorker` for what happens when they fail or hang. */
export class WorkerFaceModels implements FaceModels {
  readonly name = deviceName;
  readonly pipelineId: string;
  readonly embeddingLength: number;
  readonly match: FaceMatchLimits;
  readonly #worker: ModelsWorker<Ready, Answer>;
  readonly #ring: FrameRing;
  readonly #callLimitMs: number;

  private constructor(options: WorkerFaceModelsOptions, worker: ModelsWorker<Ready, Answer>) {
    this.#worker = worker;
    this.#ring = options.ring;
    this.#callLimitMs = options.callLimitMs ?? defaultCallLimitMs;
    ({
      pipelineId: this.pipelineId,
      embeddingLength: this.embeddingLength,
      match: this.match,
    } = worker.ready);
  }

  /** Starts the Worker and loads the networks. Rejects as `ModelsWorker.open` does. */
  static async open(options: WorkerFaceModelsOptions, signal: AbortSignal): Promise<WorkerFaceModels> {
    const { clock, models, ring } = options;
    const startWorker =
      options.startWorker ?? (() => new Worker(new URL('./models-worker.ts', import.meta.url).href));
    const start = { models, ring: ring.share };
    return new WorkerFaceModels(
      options,
      await ModelsWorker.open(
        { deviceName, clock, startWorker, start, ready: readySchema, answer: answerSchema },
        signal,
      ),
    );
  }

  async detect(frame: FrameRef, signal: AbortSignal): Promise<DetectedFace[]> {
    const { detect: declaredMs } = this.#worker.ready.declaredMs;
    const answer = await this.#worker.call(
      (call): Request => ({ kind: 'detect', call, frame }),
      'detected',
      { limitMs: this.#callLimitMs, declaredMs, lease: () => this.#ring.lease(frame) },
      signal,
    );
    return answer.faces;
  }

  async embed(frame: FrameRef, faces: readonly number[], signal: AbortSignal): Promise<Float32Array[]> {
    const declaredMs = this.#worker.ready.declaredMs.embed * faces.length;
    const answer = await this.#worker.call(
      (call): Request => ({ kind: 'embed', call, frameSeq: frame.seq, faces: [...faces] }),
      'embedded',
      { limitMs: this.#callLimitMs, declaredMs, lease: () => this.#ring.lease(frame) },
      signal,
    );
    return answer.embeddings;
  }

  /**
   * Every face of a picture that is no frame of the camera, with its embedding, the largest first. No gate is
   * applied. RGB, row by row, at most 32,767 px a side.
   */
  async describe(
    picture: { readonly rgb: Uint8Array; readonly widthPx: number; readonly heightPx: number },
    signal: AbortSignal,
  ): Promise<DescribedPictureFace[]> {
    const { rgb, widthPx, heightPx } = picture;
    const shared = new SharedArrayBuffer(rgb.length);
    new Uint8Array(shared).set(rgb);
    const { detect, embed } = this.#worker.ready.declaredMs;
    const answer = await this.#worker.call(
      (call): Request => ({ kind: 'describe', call, rgb: shared, widthPx, heightPx }),
      'described',
      { limitMs: describeLimitMs, declaredMs: detect + embed },
      signal,
    );
    return answer.faces.map((face, index) => ({ face, embedding: answer.embeddings[index]! }));
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
