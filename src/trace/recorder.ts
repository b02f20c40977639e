import type { Clock } from '../../hal/contract/clock.ts';
import type { HalErrorKind } from '../../hal/contract/errors.ts';
import { roundForTrace, traceData, traceName } from './data.ts';
import { TraceReader } from './reader.ts';
import {
  type TraceFields,
  type TraceKind,
  type TraceRecord,
  type TraceRecordOf,
  traceKinds,
  traceVersion,
} from './record.ts';

/** What the page can step back through, and ten minutes of a busy door. About 6 MB. */
const defaultRingRecords = 20_000;

type TraceObserver = (record: TraceRecord) => void;

/** Fields that the caller need not have looked at: the recorder leaves out what may not be written. */
type Unchecked = Readonly<Record<string, unknown>>;

/**
 * The one stream of what happens. Everything that is worth knowing later goes through `record`: it gets a number
 * and a time, stays in a ring in memory, and is handed to observers at once and to readers when they come for it.
 */
export class TraceRecorder {
  /** Records so far, by kind. */
  readonly counts: Record<TraceKind, number>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #ring: (TraceRecord | undefined)[];
  #seq = 0;
  #lastMs: number | undefined;
  #observers: readonly TraceObserver[] = [];
  readonly #readers = new Set<TraceReader>();
  #delivering = false;
  readonly #undelivered: TraceRecord[] = [];

  constructor(clock: Pick<Clock, 'nowMs'>, ringRecords = defaultRingRecords) {
    this.#clock = clock;
    this.#ring = new Array(ringRecords);
    this.counts = Object.fromEntries(traceKinds.map((kind) => [kind, 0])) as Record<TraceKind, number>;
  }

  /** The number of the newest record, 0 before the first. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** The time that a record made now would have. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /**
   * The time of the newest record. Whoever decides by the time while machines run asks here and not the clock, so
   * that a replay, which has the records alone, decides the same.
   */
  get lastMs(): number {
    return this.#lastMs ?? this.#stampMs();
  }

  /** The records still in memory, oldest first. */
  records(): TraceRecord[] {
    const size = this.#ring.length;
    const kept: TraceRecord[] = [];
    for (let seq = Math.max(1, this.#seq - size + 1); seq <= this.#seq; seq++) {
      const record = this.#ring[seq % size];
      if (record !== undefined) kept.push(record);
    }
    return kept;
  }

  record(fields: TraceFields): void {
    const tMs = this.#stampMs();
    this.#lastMs = tMs;
    const record: TraceRecord = { v: traceVersion, seq: ++this.#seq, tMs, ...fields };
    this.#ring[this.#seq % this.#ring.length] = record;
    this.counts[record.kind]++;
    this.#deliver(record);
  }

  /** A call into a device, recorded before it is made. */
  halOut(
    device: string,
    op: TraceRecordOf<'hal.out'>['op'],
    details: { readonly on?: boolean; readonly grantId?: string; readonly data?: Unchecked } = {},
  ): void {
    this.record({
      kind: 'hal.out',
      device: traceName(device),
      op,
      ...(details.on === undefined ? {} : { on: details.on }),
      ...(details.grantId === undefined ? {} : { grantId: traceName(details.grantId) }),
      data: traceData(details.data),
    });
  }

  /** What a device answered or sent. `op` is a term: `opened`, `open-failed`, `frame`, `failed`, `edge`. */
  halIn(
    device: string,
    op: string,
    details: { readonly error?: HalErrorKind; readonly data?: Unchecked } = {},
  ): void {
    this.record({
      kind: 'hal.in',
      device: traceName(device),
      op: traceName(op),
      ...(details.error === undefined ? {} : { error: details.error }),
      data: traceData(details.data),
    });
  }

  /** A model's call or answer: counts, decisions, distances to the nearest subjects; never what it computed on. */
  model(
    model: string,
    op: TraceRecordOf<'model'>['op'],
    details: { readonly error?: HalErrorKind; readonly data?: Unchecked } = {},
  ): void {
    this.record({
      kind: 'model',
      model: traceName(model),
      op,
      ...(details.error === undefined ? {} : { error: details.error }),
      data: traceData(details.data),
    });
  }

  /** A rule over the trace was broken; `causeSeq` is the record that it counts from. */
  invariant(rule: string, subject: string, causeSeq: number, data: Unchecked): void {
    this.record({
      kind: 'invariant',
      rule: traceName(rule),
      subject: traceName(subject),
      causeSeq,
      data: traceData(data),
    });
  }

  /** Anything else worth a line. `note` is a term. */
  note(note: string, data?: Unchecked): void {
    this.record({ kind: 'note', note: traceName(note), data: traceData(data) });
  }

  /**
   * Calls `observer` with every record from now on, in order, inside the call that records it: it must be quick.
   * An observer that throws is taken off, so that it cannot stop the firmware. Returns what takes it off.
   */
  observe(observer: TraceObserver): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  /** A queue of at most `capacity` records for a reader that takes its time. Those in memory come first if asked. */
  subscribe(options: {
    readonly name: string;
    readonly capacity: number;
    readonly backlog?: boolean;
  }): TraceReader {
    const reader = new TraceReader(options.name, options.capacity, (closed) => this.#readers.delete(closed));
    if (options.backlog === true) {
      for (const record of this.records().slice(-options.capacity)) reader.push(record);
    }
    this.#readers.add(reader);
    return reader;
  }

  #stampMs(): number {
    return roundForTrace('tMs', this.#clock.nowMs()) ?? 0;
  }

  /** An observer may record something itself (a broken rule does): that waits until this record is with all. */
  #deliver(record: TraceRecord): void {
    this.#undelivered.push(record);
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) {
      for (const observer of this.#observers) this.#show(next, observer);
      for (const reader of this.#readers) reader.push(next);
    }
    this.#delivering = false;
  }

  #show(record: TraceRecord, observer: TraceObserver): void {
    try {
      observer(record);
    } catch (error) {
      this.#observers = this.#observers.filter((other) => other !== observer);
      console.error('a trace observer failed and was taken off:', error);
    }
  }
}
