import { type TraceRecord, traceLine } from './record.ts';
import type { TraceRecorder } from './recorder.ts';

/** Lines hashed at once. One call for each record would cost more than the hashing. */
const batchRecords = 512;

/**
 * SHA-256 over the trace's NDJSON lines, each with its line end, from the first record after its making. Two runs
 * that did the same have the same hash.
 */
export class TraceHash {
  readonly #hasher = new Bun.CryptoHasher('sha256');
  #batch: TraceRecord[] = [];

  constructor(recorder: TraceRecorder) {
    recorder.observe((record) => {
      this.#batch.push(record);
      if (this.#batch.length === batchRecords) this.#flush();
    });
  }

  /** The hash so far, in hex; the trace may go on afterwards. */
  digest(): string {
    this.#flush();
    return this.#hasher.copy().digest('hex');
  }

  #flush(): void {
    let lines = '';
    for (const record of this.#batch) lines += `${traceLine(record)}\n`;
    this.#hasher.update(lines);
    this.#batch = [];
  }
}
