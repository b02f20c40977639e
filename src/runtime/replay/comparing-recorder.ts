import type { TraceEntry } from '../../trace/lines.ts';
import { type TraceFields, type TraceRecord, traceLine, traceVersion } from '../../trace/record.ts';
import { TraceRecorder } from '../../trace/recorder.ts';
import type { Recording } from './recording.ts';

/** Where a replay and its recording part. */
export interface Divergence {
  /** The recording's record; null when it has none where the machines make one. */
  readonly recorded: TraceEntry | null;
  /** The line that the machines made in its place, or null when they made none. */
  readonly produced: string | null;
  /** Why, where it is not plain from the two. */
  readonly why: string | null;
  /** The records before, as they stand in both; ten at most. */
  readonly before: readonly string[];
}

const recordsBefore = 10;

/**
 * Takes the records of replayed machines and holds each against the recording, byte for byte. Times are the
 * recording's: a clock is input. Stops at the first that differs.
 */
export class ComparingRecorder extends TraceRecorder {
  readonly #recording: Recording;
  /** Whether a record of the recording tells of the outside, which machines do not make. */
  readonly #isOutside: (record: TraceRecord) => boolean;
  readonly #onRecord: (record: TraceRecord) => void;
  readonly #before: string[] = [];
  #divergence: Divergence | null = null;

  constructor(
    recording: Recording,
    isOutside: (record: TraceRecord) => boolean,
    onRecord: (record: TraceRecord) => void,
  ) {
    super({ nowMs: () => recording.nowMs }, 1);
    this.#recording = recording;
    this.#isOutside = isOutside;
    this.#onRecord = onRecord;
  }

  get divergence(): Divergence | null {
    return this.#divergence;
  }

  /** A record that the machines make. */
  override record(fields: TraceFields): void {
    for (;;) {
      const { head } = this.#recording;
      // Past the end: the recording stops in the middle of what happened, as a power cut does.
      if (head === undefined || this.#divergence !== null) return;
      const text = this.#lineOf(fields);
      if (text === head.text) {
        this.#take(fields, head);
        return;
      }
      if (this.#isOutside(head.record)) this.takeOver();
      else this.diverge(text, null);
    }
  }

  /** Takes the next record as it is: it tells of the outside. */
  takeOver(): void {
    const { head } = this.#recording;
    if (head === undefined || this.#divergence !== null) return;
    const { v: _, seq: __, tMs: ___, ...fields } = head.record;
    const text = this.#lineOf(fields);
    if (text === head.text) this.#take(fields, head);
    else this.diverge(text, 'a device would have written it otherwise');
  }

  diverge(produced: string | null, why: string | null): void {
    this.#divergence ??= { recorded: this.#recording.head ?? null, produced, why, before: [...this.#before] };
  }

  #lineOf(fields: TraceFields): string {
    // The fields of a record are those of its kind without the stamp, which is put in front as the recorder does.
    const record = { v: traceVersion, seq: this.lastSeq + 1, tMs: this.#recording.nowMs, ...fields };
    return traceLine(record as TraceRecord);
  }

  #take(fields: TraceFields, { text, record }: TraceEntry): void {
    super.record(fields);
    this.#before.push(text);
    if (this.#before.length > recordsBefore) this.#before.shift();
    this.#recording.advance();
    this.#onRecord(record);
  }
}
