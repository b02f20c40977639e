import type { Clock } from '../../hal/contract/clock.ts';
import type { EntryKind, NewEntry } from './entry.ts';
import type { Retention } from './journal.ts';
import { type JournalReply, type JournalRequest, journalReplySchema } from './messages.ts';

/** So many entries wait while the disk takes none; then the least important go. About 2 MB. */
const mostWaiting = 5_000;
/** After a failure the disk is tried again at this pace. */
const retryMs = 5_000;
/** Entries that one transaction holds at most. */
const batchEntries = 200;
/** A disk that answers nothing for this long loses what waits when the device ends. */
const closeLimitMs = 3_000;

/** What goes first when the disk takes nothing for long; decisions go last. */
const leastFirst: readonly EntryKind[] = [
  'output',
  'visit',
  'mode',
  'fault',
  'stop',
  'boot',
  'audit',
  'decision',
];

export interface JournalWriterOptions {
  readonly directory: string;
  readonly clock: Clock;
  /** The time of day, for the entry that says what was lost. */
  readonly nowUtcMs: () => number;
  /** Called when entries cannot be written, once until they can be again. */
  readonly onTrouble: (message: string) => void;
}

/** Writes the journal in a thread of its own; nobody waits for the disk. */
export class JournalWriter implements AsyncDisposable {
  readonly #options: JournalWriterOptions;
  readonly #worker: Worker;
  readonly #closing = new AbortController();
  readonly #replies: ((reply: JournalReply) => void)[] = [];
  readonly #waiting: NewEntry[] = [];
  #lost: { sinceUtcMs: number; counts: Partial<Record<EntryKind, number>> } | undefined;
  #retention: { readonly retention: Retention; readonly nowUtcMs: number } | undefined;
  #working: Promise<void> | undefined;
  #troubled = false;
  #anchor = '';

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url).href);
    this.#post({ do: 'begin', directory: options.directory });
    this.#worker.onmessage = ({ data }) => this.#replies.shift()?.(journalReplySchema.parse(data));
    this.#worker.onerror = ({ message }) => this.#replies.shift()?.({ is: 'failed', kind: 'io', message });
  }

  /** The newest entry that is on the disk, as an anchor; empty before the first. */
  get anchor(): string {
    return this.#anchor;
  }

  /** Entries that are not on the disk yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Never throws and never waits. */
  write(entry: NewEntry): void {
    this.#waiting.push(entry);
    if (this.#waiting.length > mostWaiting) this.#drop();
    this.#work();
  }

  /** Removes what is too old, after what waits now. */
  expire(retention: Retention, nowUtcMs: number): void {
    this.#retention = { retention, nowUtcMs };
    this.#work();
  }

  /** When everything that was handed over is on the disk, or the disk has failed. */
  async settled(): Promise<void> {
    await this.#working;
  }

  /** Writes what waits, within limits, and ends the thread. Idempotent; never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.#options;
    this.#closing.abort();
    if (this.#waiting.length > 0) this.#work();
    const limit = new AbortController();
    await Promise.race([
      (this.#working ?? Promise.resolve()).then(() => this.#ask({ do: 'close' })),
      clock.sleep(closeLimitMs, limit.signal).catch(() => undefined),
    ]);
    limit.abort();
    this.#worker.terminate();
  }

  #work(): void {
    this.#working ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0 || this.#retention !== undefined) {
        const batch = this.#waiting.splice(0, batchEntries);
        const lost = this.#lost;
        const request = this.#next(batch);
        const reply = await this.#ask(request);
        if (reply.is === 'failed') {
          if (!this.#troubled) this.#options.onTrouble(`the journal cannot be written: ${reply.message}`);
          this.#troubled = true;
          this.#waiting.unshift(...batch);
          if (this.#closing.signal.aborted) return;
          await this.#options.clock.sleep(retryMs, this.#closing.signal).catch(() => undefined);
          continue;
        }
        this.#troubled = false;
        this.#anchor = reply.anchor;
        if (reply.movedAside !== null) {
          this.#options.onTrouble(
            `the journal was damaged; it is kept as ${reply.movedAside}, a new one begins`,
          );
        }
        if (request.do === 'expire') this.#retention = undefined;
        else if (this.#lost === lost) this.#lost = undefined;
      }
    } finally {
      // At once: an entry that comes after the last look at what waits must begin anew.
      this.#working = undefined;
    }
  }

  #next(batch: readonly NewEntry[]): JournalRequest {
    if (batch.length === 0 && this.#retention !== undefined) return { do: 'expire', ...this.#retention };
    if (this.#lost === undefined) return { do: 'append', entries: batch };
    const { sinceUtcMs, counts } = this.#lost;
    const facts = { lost: counts as Record<string, number>, sinceUtcMs };
    return { do: 'append', entries: [{ kind: 'gap', utcMs: this.#options.nowUtcMs(), facts }, ...batch] };
  }

  #drop(): void {
    const least = leastFirst.find((kind) => this.#waiting.some((entry) => entry.kind === kind));
    const at = this.#waiting.findIndex(({ kind }) => kind === least);
    const [dropped] = this.#waiting.splice(Math.max(0, at), 1);
    if (dropped === undefined) return;
    const { sinceUtcMs, counts } = this.#lost ?? { sinceUtcMs: dropped.utcMs, counts: {} };
    this.#lost = { sinceUtcMs, counts: { ...counts, [dropped.kind]: (counts[dropped.kind] ?? 0) + 1 } };
  }

  #ask(request: JournalRequest): Promise<JournalReply> {
    return new Promise((resolve) => {
      this.#replies.push(resolve);
      this.#post(request);
    });
  }

  #post(request: JournalRequest): void {
    this.#worker.postMessage(request);
  }
}
