import { availableParallelism } from 'node:os';
import type { Sound } from '../../../hal/contract/sound.ts';
import { FeatureError } from '../features/features193.ts';
import { answerSchema, type Request } from './features-messages.ts';

/**
 * Features of many sounds, one thread a core. The sounds are taken from `sounds` one by one as threads become free,
 * so they need not all be in memory; the result is in their order, whatever was finished first.
 *
 * Rejects with FeatureError, with what `sounds` throws, with `signal.reason` on abort, and with Error when a thread
 * dies.
 */
export async function featuresOf(
  sounds: Iterable<Sound> | AsyncIterable<Sound>,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<Float32Array[]> {
  signal.throwIfAborted();
  const vectors: Float32Array[] = [];
  const source = inTurn(sounds);
  let taken = 0;
  let done = 0;
  const threads: FeatureThread[] = [];
  const stopped = Promise.withResolvers<never>();
  const onAbort = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const work = async (): Promise<void> => {
    let thread: FeatureThread | undefined;
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      const place = taken++;
      thread ??= startThread(threads);
      vectors[place] = await thread.features(next.value);
      progress(++done);
    }
  };
  try {
    const workers = Array.from({ length: availableParallelism() }, work);
    await Promise.race([Promise.all(workers), stopped.promise]);
    return vectors;
  } finally {
    signal.removeEventListener('abort', onAbort);
    stopped.promise.catch(() => undefined);
    for (const thread of threads) thread.end();
    await source.return();
  }
}

function startThread(threads: FeatureThread[]): FeatureThread {
  const thread = new FeatureThread();
  threads.push(thread);
  return thread;
}

/** One at a time, whoever asks: an async generator answers calls in turn. */
async function* inTurn(
  sounds: Iterable<Sound> | AsyncIterable<Sound>,
): AsyncGenerator<Sound, void, undefined> {
  yield* sounds;
}

/** A Worker and the one answer it owes. */
class FeatureThread {
  readonly #worker = new Worker(new URL('./features-worker.ts', import.meta.url).href);
  #owed: PromiseWithResolvers<Float32Array> | undefined;

  constructor() {
    this.#worker.onmessage = (event: MessageEvent<unknown>) => {
      const answer = answerSchema.parse(event.data);
      if (answer.kind === 'features') this.#owed?.resolve(answer.vector);
      else this.#owed?.reject(new FeatureError(answer.error, answer.message));
    };
    this.#worker.onerror = ({ message }) => {
      this.#owed?.reject(new Error(`the features' Worker failed: ${message}`));
    };
  }

  features({ sampleRateHz, samples }: Sound): Promise<Float32Array> {
    this.#owed = Promise.withResolvers();
    // A copy of what is seen alone: a message takes the whole memory behind a view with it.
    const request: Request = { sampleRateHz, samples: samples.slice() };
    this.#worker.postMessage(request, [request.samples.buffer as ArrayBuffer]);
    return this.#owed.promise;
  }

  end(): void {
    this.#worker.terminate();
    this.#owed?.promise.catch(() => undefined);
  }
}
