import type { TraceRecord } from './record.ts';

/** A reader fell so far behind that its records were thrown away; it has to subscribe anew. */
export class SlowReaderError extends Error {
  override readonly name = 'SlowReaderError';
  /** The last record the reader was given, 0 before the first. */
  readonly lastSeq: number;

  constructor(reader: string, lastSeq: number, capacity: number) {
    super(
      `trace reader '${reader}' was dropped after record ${lastSeq}: more than ${capacity} records were waiting`,
    );
    this.lastSeq = lastSeq;
  }
}

/**
 * A bounded queue between the recorder and one slow reader (a file, a page). The recorder never waits: when the
 * queue is full the reader is dropped and told so by SlowReaderError.
 */
export class TraceReader implements AsyncIterable<readonly TraceRecord[]> {
  readonly name: string;
  readonly #capacity: number;
  readonly #onClose: (reader: TraceReader) => void;
  #waiting: TraceRecord[] = [];
  #lastSeq = 0;
  #state: 'open' | 'closed' | 'dropped' = 'open';
  #wake: (() => void) | undefined;

  /** Made by `TraceRecorder.subscribe`. */
  constructor(name: string, capacity: number, onClose: (reader: TraceReader) => void) {
    this.name = name;
    this.#capacity = capacity;
    this.#onClose = onClose;
  }

  get dropped(): boolean {
    return this.#state === 'dropped';
  }

  /** For the recorder. */
  push(record: TraceRecord): void {
    if (this.#waiting.length >= this.#capacity) {
      this.#waiting = [];
      this.#end('dropped');
      return;
    }
    this.#waiting.push(record);
    this.#wakeUp();
  }

  /** What is waiting now, oldest first; empty when nothing is. Throws SlowReaderError once dropped. */
  take(): readonly TraceRecord[] {
    if (this.#state === 'dropped') throw new SlowReaderError(this.name, this.#lastSeq, this.#capacity);
    const taken = this.#waiting;
    this.#waiting = [];
    this.#lastSeq = taken.at(-1)?.seq ?? this.#lastSeq;
    return taken;
  }

  /** Batches as they come; ends after the last one when closed. Throws SlowReaderError when dropped. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly TraceRecord[], void, undefined> {
    try {
      while (true) {
        const batch = this.take();
        if (batch.length > 0) yield batch;
        else if (this.#state !== 'open') return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.close();
    }
  }

  /** No more records are queued; those that wait can still be taken. */
  close(): void {
    if (this.#state === 'open') this.#end('closed');
  }

  #end(state: 'closed' | 'dropped'): void {
    this.#state = state;
    this.#onClose(this);
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
