import { untilAborted } from '../contract/abort.ts';
import { HalError } from '../contract/errors.ts';
import type { DigitalInput, DigitalOutput, Edge, LineAddress } from '../contract/gpio.ts';
import { CoProcessor, type CoProcessorPlace } from './co-processor.ts';
import { type Kind, kinds } from './protocol.ts';

export interface LibgpiodOptions {
  readonly name: string;
  readonly address: LineAddress;
  /** `on` is a low level on the wire. */
  readonly activeLow: boolean;
  readonly place: CoProcessorPlace;
}

/**
 * An output line through libgpiod, in the native co-processor, which takes it off, and switches it off before it lets
 * it go: when it is closed, when this process dies or falls silent. It is taken at the first call, and again at the
 * next one after its co-processor was lost. For indicators: an actuator belongs to the line keeper.
 */
export class LibgpiodOutput implements DigitalOutput {
  readonly name: string;
  readonly #line: LineCalls;
  #commanded = false;

  constructor(options: LibgpiodOptions) {
    this.name = options.name;
    this.#line = new LineCalls('output', options);
  }

  get commanded(): boolean {
    return this.#commanded;
  }

  async set(on: boolean): Promise<void> {
    const call = this.#line.call(kinds.set, Uint8Array.of(Number(on)));
    this.#commanded = on;
    await call;
  }

  read(): Promise<boolean> {
    return this.#line.call(kinds.read);
  }

  async close(): Promise<void> {
    await this.#line.close();
    this.#commanded = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * An input line through libgpiod, in the native co-processor. The addon tells no edges, so that the co-processor looks
 * at the level every 5 ms: a pulse that is shorter may be missed.
 */
export class LibgpiodInput implements DigitalInput {
  readonly name: string;
  readonly #line: LineCalls;
  #unread: Edge[] | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: LibgpiodOptions) {
    this.name = options.name;
    this.#line = new LineCalls('input', options, {
      edge: (on) => {
        this.#unread?.push({ on, atMs: options.place.clock.nowMs() });
        this.#wake();
      },
      ended: () => this.#wake(),
    });
  }

  read(): Promise<boolean> {
    return this.#line.call(kinds.read);
  }

  /** Every change of the level from now on. Rejects with HalError `busy` when the edges are being read already. */
  async *edges(signal: AbortSignal): AsyncGenerator<Edge, void, undefined> {
    signal.throwIfAborted();
    if (this.#unread !== undefined) throw new HalError('busy', this.name, 'its edges are being read already');
    this.#unread = [];
    try {
      await untilAborted(this.read(), signal); // the line is taken
      for (;;) {
        const edge = this.#unread.shift();
        if (edge !== undefined) yield edge;
        else await untilAborted(this.#changed.promise, signal);
        signal.throwIfAborted();
        this.#line.checkHeld();
      }
    } finally {
      this.#unread = undefined;
    }
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** A line that does not answer for so long is stuck in its driver. */
const answerLimitMs = 1_000;

interface LineListener {
  edge(on: boolean): void;
  ended(): void;
}

/** Calls to the co-processor that holds a line, each answered by a level, in order. */
class LineCalls {
  readonly #device: 'output' | 'input';
  readonly #options: LibgpiodOptions;
  readonly #listener: LineListener | undefined;
  #held: CoProcessor | undefined;
  /** Why the line is not held any more, until it is taken again. */
  #lost: HalError | undefined;
  #waiting: PromiseWithResolvers<boolean>[] = [];
  #closing: Promise<void> | undefined;

  constructor(device: 'output' | 'input', options: LibgpiodOptions, listener?: LineListener) {
    this.#device = device;
    this.#options = options;
    this.#listener = listener;
  }

  /** Throws the error that the line was lost with. */
  checkHeld(): void {
    if (this.#closing !== undefined) throw this.#closedError();
    if (this.#lost !== undefined) throw this.#lost;
  }

  async call(kind: Kind, payload?: Uint8Array): Promise<boolean> {
    if (this.#closing !== undefined) throw this.#closedError();
    const held = this.#take();
    const answer = Promise.withResolvers<boolean>();
    this.#waiting.push(answer);
    held.send(kind, payload);
    const { clock } = this.#options.place;
    let limit: number | undefined;
    // The time that the process takes to start is not the line's.
    held.ready.then(
      () => {
        limit = clock.setTimeout(() => {
          answer.reject(new HalError('timeout', this.#options.name, 'the line does not answer'));
          held.signal('SIGKILL');
        }, answerLimitMs);
      },
      () => undefined,
    );
    try {
      return await answer.promise;
    } finally {
      if (limit !== undefined) clock.clearTimeout(limit);
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#listener?.ended();
      await this.#held?.stop();
    })();
    return this.#closing;
  }

  #take(): CoProcessor {
    if (this.#held !== undefined) return this.#held;
    const { address, activeLow, name, place } = this.#options;
    const held = new CoProcessor({
      ...place,
      task: { device: this.#device, ...address, activeLow },
      device: name,
      longestDataBytes: 0,
      onMessage: (kind, payload) => {
        const on = payload[0] === 1;
        if (kind === kinds.level) this.#waiting.shift()?.resolve(on);
        if (kind === kinds.edge) this.#listener?.edge(on);
      },
    });
    this.#held = held;
    this.#lost = undefined;
    held.ended.then((end) => {
      this.#held = undefined;
      this.#lost = this.#closing === undefined ? held.failure(end) : this.#closedError();
      for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
      this.#listener?.ended();
    });
    return held;
  }

  #closedError(): HalError {
    return new HalError('closed', this.#options.name, 'the line was let go');
  }
}
