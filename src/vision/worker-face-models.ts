import { untilAborted } from '../../hal/contract/abort.ts';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { DetectedFace, FaceMatchLimits, FaceModels } from '../../hal/contract/face-models.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import { unpackError } from './worker-errors.ts';
import { type ModelChoice, type Reply, type Request, replySchema } from './worker-messages.ts';
import { WorkerTurn } from './worker-turn.ts';

const deviceName = 'face models';

/** A call that takes longer ends the Worker: a hundred times what it takes on a PC, ten times on a small board. */
const defaultCallLimitMs = 3_000;
/** A picture from a file can be large and hold many faces. */
const describeLimitMs = 20_000;
/** Reading, checking and loading all networks: a fifth of a second on a PC. */
const startLimitMs = 15_000;
const notLoaded = `the networks were not loaded within ${startLimitMs} ms; the next call starts anew`;
/** A Worker ends after the run that is under way. */
const endLimitMs = 1_000;
/** After so many timeouts in a row a fresh Worker does not help: hung networks hold their threads for ever. */
const timeoutsToGiveUp = 3;

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

type Ready = Extract<Reply, { kind: 'ready' }>;
type Answer = Extract<Reply, { call: number }>;

interface PendingCall {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** One Worker and the calls it owes an answer to. */
class ModelsThread {
  readonly ready: Promise<Ready>;
  /** The thread has come to its end. */
  readonly gone: Promise<void>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  #resolveReady!: (ready: Ready) => void;
  #rejectReady!: (error: Error) => void;
  #resolveGone!: () => void;
  #ended: Error | undefined;
  readonly #turn = new WorkerTurn();

  constructor(worker: Worker, start: Omit<Extract<Request, { kind: 'start' }>, 'turn'>) {
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    // Whoever waits for it gets the error; nobody has to.
    this.ready.catch(() => undefined);
    worker.onmessage = (event: MessageEvent<unknown>) => this.#receive(event.data);
    worker.onerror = (event) => {
      this.end(new HalError('io', deviceName, `their Worker failed: ${event.message}; a new one is started`));
    };
    worker.addEventListener('close', () => {
      this.#resolveGone();
      this.end(new HalError('io', deviceName, 'their Worker ended; a new one is started'));
    });
    worker.postMessage({ ...start, turn: this.#turn.share } satisfies Request);
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Ends the Worker; every call it owes an answer to rejects with `error`. One that is inside a network ends when
   * that returns; a network that never does keeps its thread, but nobody from ending the process.
   */
  end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    if (this.#turn.askToEnd()) {
      this.#worker.terminate();
      this.#resolveGone();
    } else {
      this.#worker.unref();
    }
    this.#rejectReady(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  call(request: Extract<Request, { call: number }>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#pending.set(request.call, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #receive(data: unknown): void {
    const parsed = replySchema.safeParse(data);
    if (!parsed.success) {
      this.end(new HalError('io', deviceName, `their Worker gave a wrong answer: ${parsed.error.message}`));
      return;
    }
    const reply = parsed.data;
    if (reply.kind === 'ready') {
      this.#resolveReady(reply);
    } else if (reply.kind === 'start-failed') {
      this.end(unpackError(reply.error, deviceName));
    } else {
      const call = this.#pending.get(reply.call);
      this.#pending.delete(reply.call);
      if (reply.kind === 'failed') call?.reject(unpackError(reply.error, deviceName));
      else call?.resolve(reply);
    }
  }
}

/**
 * The face networks in a Worker. A call past its limit, and a Worker that dies, cost that Worker: the call rejects
 * with HalError `timeout` or `io`, and the next one starts with fresh networks. After three timeouts in a row every
 * call rejects with HalError `io` that is not retryable: the process has to be started anew, because a network that
 * hangs keeps its thread.
 */
export class WorkerFaceModels implements FaceModels {
  readonly name = deviceName;
  readonly pipelineId: string;
  readonly embeddingLength: number;
  readonly match: FaceMatchLimits;
  readonly #options: WorkerFaceModelsOptions;
  readonly #declaredMs: Ready['declaredMs'];
  readonly #callLimitMs: number;
  #thread: ModelsThread;
  #nextCall = 1;
  #timeoutsInARow = 0;
  #closed = false;

  private constructor(options: WorkerFaceModelsOptions, thread: ModelsThread, ready: Ready) {
    this.#options = options;
    this.#thread = thread;
    this.pipelineId = ready.pipelineId;
    this.embeddingLength = ready.embeddingLength;
    this.match = ready.match;
    this.#declaredMs = ready.declaredMs;
    this.#callLimitMs = options.callLimitMs ?? defaultCallLimitMs;
  }

  /**
   * Starts the Worker and loads the networks. Rejects with ModelError or ManifestError that names what is wrong
   * with a model, HalError `timeout` or `io` when the Worker does not come up, `signal.reason` on abort.
   */
  static async open(options: WorkerFaceModelsOptions, signal: AbortSignal): Promise<WorkerFaceModels> {
    signal.throwIfAborted();
    const thread = startThread(options);
    try {
      const loading = within(options.clock, startLimitMs, thread.ready, () => {
        thread.end(new HalError('timeout', deviceName, notLoaded));
      });
      const ready = await untilAborted(loading, signal);
      return new WorkerFaceModels(options, thread, ready);
    } catch (error) {
      thread.end(new HalError('closed', deviceName, 'they were not opened'));
      throw error;
    }
  }

  async detect(frame: FrameRef, signal: AbortSignal): Promise<DetectedFace[]> {
    const answer = await this.#call(
      { kind: 'detect', call: this.#nextCall++, frame },
      { frame, limitMs: this.#callLimitMs, declaredMs: this.#declaredMs.detect },
      signal,
    );
    return answer.kind === 'detected' ? answer.faces : wrongAnswer(answer);
  }

  async embed(frame: FrameRef, faces: readonly number[], signal: AbortSignal): Promise<Float32Array[]> {
    const answer = await this.#call(
      { kind: 'embed', call: this.#nextCall++, frameSeq: frame.seq, faces: [...faces] },
      { frame, limitMs: this.#callLimitMs, declaredMs: this.#declaredMs.embed * faces.length },
      signal,
    );
    return answer.kind === 'embedded' ? answer.embeddings : wrongAnswer(answer);
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
    const answer = await this.#call(
      { kind: 'describe', call: this.#nextCall++, rgb: shared, widthPx, heightPx },
      { limitMs: describeLimitMs, declaredMs: this.#declaredMs.detect + this.#declaredMs.embed },
      signal,
    );
    if (answer.kind !== 'described') return wrongAnswer(answer);
    return answer.faces.map((face, index) => ({ face, embedding: answer.embeddings[index]! }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#thread.end(new HalError('closed', deviceName, 'they were closed'));
    // The run that is under way ends first; one that hangs is not waited for.
    const { clock } = this.#options;
    const waited = new AbortController();
    const late = clock.sleep(endLimitMs, waited.signal).catch(() => undefined);
    await Promise.race([clock.track(this.#thread.gone), late]);
    waited.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call(
    request: Extract<Request, { call: number }>,
    { frame, limitMs, declaredMs }: { frame?: FrameRef; limitMs: number; declaredMs: number },
    signal: AbortSignal,
  ): Promise<Answer> {
    signal.throwIfAborted();
    if (this.#closed) throw new HalError('closed', deviceName, 'they were closed');
    if (this.#timeoutsInARow >= timeoutsToGiveUp) throw this.#gaveUp();
    const { clock, ring } = this.#options;
    // The Worker reads the frame until it has answered, also when nobody waits for the answer any more.
    const release = frame === undefined ? () => undefined : ring.lease(frame);
    const work = this.#answer(request, limitMs).finally(release);
    return await untilAborted(clock.track(work, declaredMs), signal);
  }

  async #answer(request: Extract<Request, { call: number }>, limitMs: number): Promise<Answer> {
    if (this.#thread.ended) this.#thread = startThread(this.#options);
    const thread = this.#thread;
    const { clock } = this.#options;
    const ready = await within(clock, startLimitMs, thread.ready, () => this.#late(thread, notLoaded));
    if (ready.pipelineId !== this.pipelineId) {
      // Embeddings of two pipelines must not be compared, and the gallery is that of the first one.
      const message = 'the model files were exchanged while they were in use; restart to use the new ones';
      throw new HalError('io', deviceName, message, { retryable: false });
    }
    const answer = await within(clock, limitMs, thread.call(request), () => {
      this.#late(thread, `no answer within ${limitMs} ms; the next call starts anew`);
    });
    this.#timeoutsInARow = 0;
    return answer;
  }

  #late(thread: ModelsThread, message: string): void {
    this.#timeoutsInARow++;
    const last = this.#timeoutsInARow >= timeoutsToGiveUp;
    thread.end(last ? this.#gaveUp() : new HalError('timeout', deviceName, message));
  }

  #gaveUp(): HalError {
    const message = `no answer in ${timeoutsToGiveUp} calls in a row, each with fresh networks; restart the process`;
    return new HalError('io', deviceName, message, { retryable: false });
  }
}

function startThread({ startWorker, models, ring }: WorkerFaceModelsOptions): ModelsThread {
  const worker = startWorker?.() ?? new Worker(new URL('./models-worker.ts', import.meta.url).href);
  return new ModelsThread(worker, { kind: 'start', models, ring: ring.share });
}

/** `work`, with `late` called when it takes longer than `limitMs`; `late` has to make it settle. */
async function within<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => void): Promise<T> {
  const timer = clock.setTimeout(late, limitMs);
  try {
    return await work;
  } finally {
    clock.clearTimeout(timer);
  }
}

function wrongAnswer(answer: Answer): never {
  throw new HalError('io', deviceName, `their Worker gave a wrong answer: ${answer.kind}`);
}
