import { z } from 'zod';
import { untilAborted } from '../../hal/contract/abort.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { unpackError, workerErrorSchema } from './worker-errors.ts';
import { WorkerTurn } from './worker-turn.ts';

/** Reading, checking and loading all networks: a fifth of a second on a PC. */
const startLimitMs = 15_000;
const notLoaded = `the networks were not loaded within ${startLimitMs} ms; the next call starts anew`;
/** A Worker ends after the run that is under way. */
const endLimitMs = 1_000;
/** After so many timeouts in a row a fresh Worker does not help: hung networks hold their threads for ever. */
const timeoutsToGiveUp = 3;

/** What every Worker says when its networks are loaded. */
interface ReadyReply {
  /** Names files, versions and settings: another one after a restart means that files were exchanged. */
  readonly pipelineId: string;
}

/** What every call is answered with. */
interface AnswerReply {
  readonly kind: string;
  readonly call: number;
}

export interface ModelsWorkerOptions<Ready extends ReadyReply, Answer extends AnswerReply> {
  /** For errors: `face models`. */
  readonly deviceName: string;
  readonly clock: Clock;
  /** Starts the thread: a module that calls `serveModels`, or in tests one that misbehaves. */
  readonly startWorker: () => Worker;
  /** The first message, to which `kind: 'start'` and the turn are added. */
  readonly start: object;
  readonly ready: z.ZodType<Ready>;
  readonly answer: z.ZodType<Answer>;
}

export interface CallLimits {
  readonly limitMs: number;
  /** Simulated milliseconds that the call is charged with. */
  readonly declaredMs: number;
  /** Called when the request is sent; what it gives is called when the Worker is done with it, waited for or not. */
  readonly lease?: () => () => void;
}

const kindSchema = z.looseObject({ kind: z.string() });
const startFailedSchema = z.strictObject({ kind: z.literal('start-failed'), error: workerErrorSchema });
const failedSchema = z.strictObject({ kind: z.literal('failed'), call: z.int(), error: workerErrorSchema });

interface PendingCall<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** One Worker and the calls it owes an answer to. */
class ModelsThread<Ready extends ReadyReply, Answer extends AnswerReply> {
  readonly ready: Promise<Ready>;
  /** The thread has come to its end. */
  readonly gone: Promise<void>;
  readonly #options: ModelsWorkerOptions<Ready, Answer>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall<Answer>>();
  #resolveReady!: (ready: Ready) => void;
  #rejectReady!: (error: Error) => void;
  #resolveGone!: () => void;
  #ended: Error | undefined;
  /** It is past loading the native library of all networks, inside of which a thread must not be terminated either. */
  #started = false;
  readonly #turn = new WorkerTurn();

  constructor(options: ModelsWorkerOptions<Ready, Answer>) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    // Whoever waits for it gets the error; nobody has to.
    this.ready.catch(() => undefined);
    const worker = options.startWorker();
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<unknown>) => this.#receive(event.data);
    worker.onerror = (event) => {
      this.end(this.#failure(`their Worker failed: ${event.message}; a new one is started`));
    };
    worker.addEventListener('close', () => {
      this.#resolveGone();
      this.end(this.#failure('their Worker ended; a new one is started'));
    });
    worker.postMessage({ ...options.start, kind: 'start', turn: this.#turn.share });
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
    // One that has not started yet looks when it begins with its networks, and ends itself.
    if (this.#turn.askToEnd() && this.#started) {
      this.#worker.terminate();
      this.#resolveGone();
    } else {
      this.#worker.unref();
    }
    this.#rejectReady(error);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  call(request: { readonly call: number }): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#pending.set(request.call, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #receive(data: unknown): void {
    const { deviceName, ready, answer } = this.#options;
    try {
      switch (kindSchema.parse(data).kind) {
        case 'ready':
          this.#started = true;
          this.#resolveReady(ready.parse(data));
          break;
        case 'start-failed':
          this.#started = true;
          this.end(unpackError(startFailedSchema.parse(data).error, deviceName));
          break;
        case 'failed': {
          const { call, error } = failedSchema.parse(data);
          this.#take(call)?.reject(unpackError(error, deviceName));
          break;
        }
        default: {
          const reply = answer.parse(data);
          this.#take(reply.call)?.resolve(reply);
        }
      }
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      this.end(this.#failure(`their Worker gave a wrong answer: ${error.message}`));
    }
  }

  #take(call: number): PendingCall<Answer> | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    return pending;
  }

  #failure(message: string): HalError {
    return new HalError('io', this.#options.deviceName, message);
  }
}

/**
 * Networks in a Worker. A call past its limit, and a Worker that dies, cost that Worker: the call rejects with
 * HalError `timeout` or `io`, and the next one starts with fresh networks. After three timeouts in a row every call
 * rejects with HalError `io` that is not retryable: the process has to be started anew, because a network that
 * hangs keeps its thread.
 */
export class ModelsWorker<Ready extends ReadyReply, Answer extends AnswerReply> {
  /** What the first Worker said when it was ready; later ones must have the same pipeline. */
  readonly ready: Ready;
  readonly #options: ModelsWorkerOptions<Ready, Answer>;
  #thread: ModelsThread<Ready, Answer>;
  #nextCall = 1;
  #timeoutsInARow = 0;
  #closed = false;

  private constructor(
    options: ModelsWorkerOptions<Ready, Answer>,
    thread: ModelsThread<Ready, Answer>,
    ready: Ready,
  ) {
    this.#options = options;
    this.#thread = thread;
    this.ready = ready;
  }

  /**
   * Starts the Worker and loads the networks. Rejects with ModelError or ManifestError that names what is wrong
   * with a model, HalError `timeout` or `io` when the Worker does not come up, `signal.reason` on abort.
   */
  static async open<Ready extends ReadyReply, Answer extends AnswerReply>(
    options: ModelsWorkerOptions<Ready, Answer>,
    signal: AbortSignal,
  ): Promise<ModelsWorker<Ready, Answer>> {
    signal.throwIfAborted();
    const { clock, deviceName } = options;
    const thread = new ModelsThread(options);
    try {
      const loading = within(clock, startLimitMs, thread.ready, () => {
        thread.end(new HalError('timeout', deviceName, notLoaded));
      });
      return new ModelsWorker(options, thread, await untilAborted(loading, signal));
    } catch (error) {
      thread.end(new HalError('closed', deviceName, 'they were not opened'));
      throw error;
    }
  }

  /**
   * One call: `request` is given its number and gives the message, `kind` is that of the answer. Rejects as the
   * class says, with what the Worker's side threw, with HalError `closed`, and with `signal.reason` on abort.
   */
  async call<Kind extends Answer['kind']>(
    request: (call: number) => { readonly call: number },
    kind: Kind,
    { limitMs, declaredMs, lease }: CallLimits,
    signal: AbortSignal,
  ): Promise<Extract<Answer, { kind: Kind }>> {
    signal.throwIfAborted();
    const { clock, deviceName } = this.#options;
    if (this.#closed) throw new HalError('closed', deviceName, 'they were closed');
    if (this.#timeoutsInARow >= timeoutsToGiveUp) throw this.#gaveUp();
    const release = lease?.();
    const work = this.#answer(request(this.#nextCall++), limitMs).finally(release);
    const answer = await untilAborted(clock.track(work, declaredMs), signal);
    if (hasKind(answer, kind)) return answer;
    throw new HalError('io', deviceName, `their Worker gave a wrong answer: ${answer.kind}`);
  }

  /** Running and later calls reject with HalError `closed`. Waits for the run that is under way, for a second. */
  async close(): Promise<void> {
    const { clock, deviceName } = this.#options;
    this.#closed = true;
    this.#thread.end(new HalError('closed', deviceName, 'they were closed'));
    // The run that is under way ends first; one that hangs is not waited for.
    const waited = new AbortController();
    const late = clock.sleep(endLimitMs, waited.signal).catch(() => undefined);
    await Promise.race([clock.track(this.#thread.gone), late]);
    waited.abort();
  }

  async #answer(request: { readonly call: number }, limitMs: number): Promise<Answer> {
    const { clock, deviceName } = this.#options;
    if (this.#thread.ended) this.#thread = new ModelsThread(this.#options);
    const thread = this.#thread;
    const ready = await within(clock, startLimitMs, thread.ready, () => this.#late(thread, notLoaded));
    if (ready.pipelineId !== this.ready.pipelineId) {
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

  #late(thread: ModelsThread<Ready, Answer>, message: string): void {
    this.#timeoutsInARow++;
    const last = this.#timeoutsInARow >= timeoutsToGiveUp;
    thread.end(last ? this.#gaveUp() : new HalError('timeout', this.#options.deviceName, message));
  }

  #gaveUp(): HalError {
    const message = `no answer in ${timeoutsToGiveUp} calls in a row, each with fresh networks; restart the process`;
    return new HalError('io', this.#options.deviceName, message, { retryable: false });
  }
}

function hasKind<Answer extends AnswerReply, Kind extends Answer['kind']>(
  answer: Answer,
  kind: Kind,
): answer is Extract<Answer, { kind: Kind }> {
  return answer.kind === kind;
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
