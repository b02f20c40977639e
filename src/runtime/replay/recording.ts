import type { TraceEntry } from '../../trace/lines.ts';

/** A trace that is read record by record, with a look at the next one. */
export class Recording {
  readonly #entries: Iterator<TraceEntry>;
  #head: TraceEntry | undefined;
  #lastMs = 0;
  #passed = 0;

  constructor(entries: Iterable<TraceEntry>) {
    this.#entries = entries[Symbol.iterator]();
    this.#head = this.#next();
  }

  /** The next record; undefined at the end. */
  get head(): TraceEntry | undefined {
    return this.#head;
  }

  /** The time of the next record, or of the last one. */
  get nowMs(): number {
    return this.#head?.record.tMs ?? this.#lastMs;
  }

  /** Records that were passed. */
  get passed(): number {
    return this.#passed;
  }

  advance(): void {
    if (this.#head === undefined) return;
    this.#passed++;
    this.#lastMs = this.#head.record.tMs;
    this.#head = this.#next();
  }

  /** Headings of files are no part of what happened. */
  #next(): TraceEntry | undefined {
    for (;;) {
      const { value, done } = this.#entries.next();
      if (done === true) return undefined;
      if (value.record.seq > 0) return value;
    }
  }
}
