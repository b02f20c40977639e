import { z } from 'zod';
import { returnFreedMemory } from './freed-memory.ts';
import { packError } from './worker-errors.ts';
import { WorkerTurn } from './worker-turn.ts';

declare const self: Worker;

export interface ServedModels<Start, Request, Models> {
  readonly start: z.ZodType<Start>;
  readonly request: z.ZodType<Request>;
  readonly load: (start: Start) => Promise<Models>;
  /** What is said of the loaded networks; see `ModelsWorker`. */
  readonly ready: (models: Models) => object;
  readonly run: (
    request: Request,
    models: Models,
  ) => Promise<{ readonly kind: string; readonly call: number }>;
}

const startKind = z.looseObject({ kind: z.literal('start') });

/**
 * Makes this thread the other side of a ModelsWorker. A network blocks its thread, so nothing else lives in it.
 * Messages are answered one after the other, in the order in which they came.
 */
export function serveModels<
  Start extends { readonly turn: SharedArrayBuffer },
  Request extends { readonly call: number },
  Models,
>({ start, request, load, ready, run }: ServedModels<Start, Request, Models>): void {
  let models: Models | undefined;
  let turn = new WorkerTurn();
  let queue = Promise.resolve();

  self.onmessage = (event: MessageEvent<unknown>) => {
    const { data } = event;
    if (startKind.safeParse(data).success) {
      const message = start.parse(data);
      queue = queue.then(() => begin(message));
    } else {
      const message = request.parse(data);
      queue = queue.then(() => answer(message));
    }
  };

  async function begin(message: Start): Promise<void> {
    try {
      turn = new WorkerTurn(message.turn);
      const loaded = await turn.run(() => load(message));
      models = loaded;
      returnFreedMemory();
      self.postMessage({ ...ready(loaded), kind: 'ready' });
    } catch (error) {
      self.postMessage({ kind: 'start-failed', error: packError(error) });
    }
  }

  async function answer(message: Request): Promise<void> {
    try {
      const loaded = models;
      if (loaded === undefined) throw new Error('the models are not loaded');
      self.postMessage(await turn.run(() => run(message, loaded)));
    } catch (error) {
      self.postMessage({ kind: 'failed', call: message.call, error: packError(error) });
    }
  }
}
