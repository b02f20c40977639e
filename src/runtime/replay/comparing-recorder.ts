import { recordsBefore, type TraceDifference } from '../../trace/difference.ts';
import type { TraceEntry } from '../../trace/lines.ts';
import { type TraceFields, type TraceRecord, traceLine, traceVersion } from '../../trace/record.ts';
import { TraceRecorder } from '../../trace/recorder.ts';
import type { Recording } from './recording.ts';

/** Where a replay and its recording part: the recording is `left`, the machines are `right`. */
export interface Divergence extends TraceDifference {
  /** Why, where it is not plain from the two. */
  readonly why: string | null;
  /** The recording's place. */
  readonly file: string | null;
  readonly line: number | null;
}

/**
 * Takes the records of replayed machines and holds each against the recording, byte for byte. Times are the
 * recording's: a clock is input. Stops at the first that differs.
 */
export class ComparingRecorder extends TraceRecorder {
  readonly #recording: Recording;
  /** Whether a record of the recording tells of the outside, which machines do not make. */
  readonly #isOutside: (record: TraceRecord) => boolean;
  readonly #onRecord: (record: TraceRecord) => void;
  readonly #before: TraceRecord[] = [];
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
      const produced = this.#stamped(fields);
      if (traceLine(produced) === head.text) {
        this.#take(fields, head);
        return;
      }
      if (this.#isOutside(head.record)) this.takeOver();
      else this.diverge(produced, null);
    }
  }

  /** Takes the next record as it is: it tells of the outside. */
  takeOver(): void {
    const { head } = this.#recording;
    if (head === undefined || this.#divergence !== null) return;
    const { v: _, seq: __, tMs: ___, ...fields } = head.record;
    const produced = this.#stamped(fields);
    if (traceLine(produced) === head.text) this.#take(fields, head);
    else this.diverge(produced, 'a device would have written it otherwise');
  }

  diverge(produced: TraceRecord | null, why: string | null): void {
    const { head } = this.#recording;
    this.#divergence ??= {
      left: head?.record ?? null,
      right: produced,
      before: [...this.#before],
      why,
      file: head?.file ?? null,
      line: head?.line ?? null,
    };
  }

  #stamped(fields: TraceFields): TraceRecord {
    // The fields of a record are those of its kind without the stamp, which is put in front as the recorder does.
    return {
      v: traceVersion,
      seq: this.lastSeq + 1,
      tMs: this.#recording.nowMs,
      ...fields,
    } as TraceRecord;
  }

  #take(fields: TraceFields, { record }: TraceEntry): void {
    super.record(fields);
    this.#before.push(record);
    if (this.#before.length > recordsBefore) this.#before.shift();
    this.#recording.advance();
    this.#onRecord(record);
  }
}
