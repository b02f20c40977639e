import { fieldAt, numberAt, textAt } from './fields.ts';
import { Histogram } from './histogram.ts';
import { type TraceKind, type TraceRecord, type TraceRecordOf, traceKinds } from './record.ts';

export interface TraceStats {
  readonly records: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly byKind: Readonly<Record<TraceKind, number>>;
  /** Records that are missing between others, by their numbers. */
  readonly missing: number;
  /** How long each actor was in each of its states. Actors that are numbered are taken together: `visit:*`. */
  readonly states: readonly {
    readonly actor: string;
    readonly state: string;
    readonly ms: number;
    readonly entered: number;
  }[];
  readonly granted: readonly { readonly subjectId: string; readonly count: number }[];
  readonly refused: readonly { readonly code: string; readonly count: number }[];
  /** What failed, by who says so and what was wrong, and broken rules. */
  readonly faults: readonly { readonly what: string; readonly count: number }[];
  /** What was waited for, in milliseconds; quantiles to one per cent. */
  readonly latencies: readonly {
    readonly what: string;
    readonly count: number;
    readonly medianMs: number;
    readonly p95Ms: number;
    readonly maxMs: number;
  }[];
}

interface Running {
  readonly sinceMs: number;
  readonly states: readonly string[];
}

/** Counts what is in a trace, record by record; what it keeps does not grow with the trace's length. */
export class TraceCounter {
  readonly #byKind = Object.fromEntries(traceKinds.map((kind) => [kind, 0])) as Record<TraceKind, number>;
  readonly #dwell = new Map<string, { ms: number; entered: number }>();
  readonly #running = new Map<string, Running>();
  readonly #startedAtMs = new Map<string, number>();
  readonly #embeddedAtMs = new Map<number, number>();
  readonly #granted = new Map<string, number>();
  readonly #refused = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #latencies = new Map<string, Histogram>();
  #records = 0;
  #missing = 0;
  #lastSeq: number | undefined;
  #fromMs: number | undefined;
  #toMs = 0;

  see(record: TraceRecord): void {
    this.#records++;
    this.#byKind[record.kind]++;
    if (this.#lastSeq !== undefined) this.#missing += Math.max(0, record.seq - this.#lastSeq - 1);
    this.#lastSeq = record.seq;
    this.#fromMs ??= record.tMs;
    this.#toMs = record.tMs;
    switch (record.kind) {
      case 'snapshot':
        this.#leave(record.actor, record.tMs, record.states);
        this.#running.set(record.actor, { sinceMs: record.tMs, states: record.states });
        this.#startedAtMs.delete(record.actor); // a machine is nothing that is waited for
        break;
      case 'actor':
        this.#actor(record);
        break;
      case 'event':
        this.#event(record);
        break;
      case 'hal.in':
        if (record.error !== undefined) count(this.#faults, `${record.device} ${record.op}: ${record.error}`);
        break;
      case 'invariant':
        count(this.#faults, `rule ${record.rule} broken by ${record.subject}`);
        break;
    }
  }

  stats(): TraceStats {
    for (const [actor, { states }] of this.#running) this.#leave(actor, this.#toMs, states);
    return {
      records: this.#records,
      fromMs: this.#fromMs ?? 0,
      toMs: this.#toMs,
      byKind: this.#byKind,
      missing: this.#missing,
      states: [...this.#dwell]
        .map(([key, { ms, entered }]) => {
          const [actor = '', state = ''] = key.split(' ');
          return { actor, state, ms, entered };
        })
        .sort((a, b) => (a.actor < b.actor ? -1 : Number(a.actor > b.actor))),
      granted: mostFirst(this.#granted).map(([subjectId, count]) => ({ subjectId, count })),
      refused: mostFirst(this.#refused).map(([code, count]) => ({ code, count })),
      faults: mostFirst(this.#faults).map(([what, count]) => ({ what, count })),
      latencies: [...this.#latencies].map(([what, times]) => ({
        what,
        count: times.count,
        medianMs: times.quantile(0.5),
        p95Ms: times.quantile(0.95),
        maxMs: times.max,
      })),
    };
  }

  /** Adds the time in the states until now; `next` are those that the actor is in from now on. */
  #leave(actor: string, nowMs: number, next: readonly string[]): void {
    const running = this.#running.get(actor);
    const name = actor.replace(/:\d+$/, ':*');
    for (const state of running?.states ?? []) {
      this.#dwelt(`${name} ${state}`).ms += nowMs - (running?.sinceMs ?? nowMs);
    }
    for (const state of next) {
      if (running?.states.includes(state) !== true) this.#dwelt(`${name} ${state}`).entered++;
    }
    if (running !== undefined) this.#running.set(actor, { sinceMs: nowMs, states: running.states });
  }

  #dwelt(key: string): { ms: number; entered: number } {
    const known = this.#dwell.get(key) ?? { ms: 0, entered: 0 };
    this.#dwell.set(key, known);
    return known;
  }

  #actor({ op, actor, logic, tMs }: TraceRecordOf<'actor'>): void {
    if (op === 'started') {
      this.#startedAtMs.set(actor, tMs);
      return;
    }
    this.#leave(actor, tMs, []);
    this.#running.delete(actor);
    const startedAtMs = this.#startedAtMs.get(actor);
    this.#startedAtMs.delete(actor);
    if (startedAtMs !== undefined && op !== 'stopped') this.#latency(logic, tMs - startedAtMs);
  }

  #event({ event, to, data }: TraceRecordOf<'event'>): void {
    if (event === 'LOOK.COMPLETED') this.#look(data);
    if (to !== 'device') return;
    if (event === 'ACCESS.GRANTED') count(this.#granted, textAt(data, 'grant', 'subjectId') ?? '');
    if (event === 'ACCESS.REFUSED') count(this.#refused, textAt(data, 'code') ?? '');
    const kind = textAt(data, 'fault', 'kind');
    if (kind !== undefined) count(this.#faults, `${textAt(data, 'fault', 'part') ?? ''} ${event}: ${kind}`);
  }

  /** From the arrival of a frame until its embedding was ready. */
  #look(data: TraceRecordOf<'event'>['data']): void {
    const people = fieldAt(data, 'people');
    for (const person of Array.isArray(people) ? people : []) {
      const trackId = numberAt(person, 'trackId');
      const [frameAtMs, embeddedAtMs] = [numberAt(person, 'frameAtMs'), numberAt(person, 'embeddedAtMs')];
      if (trackId === undefined || frameAtMs === undefined || embeddedAtMs === undefined) continue;
      if (this.#embeddedAtMs.get(trackId) === embeddedAtMs) continue;
      this.#embeddedAtMs.set(trackId, embeddedAtMs);
      this.#latency('a face, from the frame to its embedding', embeddedAtMs - frameAtMs);
    }
    const ended = fieldAt(data, 'ended');
    for (const track of Array.isArray(ended) ? ended : []) {
      this.#embeddedAtMs.delete(numberAt(track, 'trackId') ?? 0);
    }
  }

  #latency(what: string, ms: number): void {
    const times = this.#latencies.get(what) ?? new Histogram();
    this.#latencies.set(what, times);
    times.add(ms);
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

function mostFirst(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([, a], [, b]) => b - a);
}
