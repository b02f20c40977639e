import { type TraceKind, type TraceRecord, traceKinds } from './record.ts';
import type { TraceRecorder } from './recorder.ts';

/** A rule was broken: which, about what, counted from which record. */
export interface Breach {
  readonly rule: string;
  /** The device or actor that the rule speaks of here. */
  readonly subject: string;
  readonly causeSeq: number;
  readonly limitMs: number | null;
}

/** What a rule may ask of the engine. Obligations are kept by name: the same name replaces the one before. */
export interface RuleScope {
  readonly nowMs: number;
  breach(breach: Breach): void;
  /** `breach` happens after `dueMs` unless it is met before. */
  oblige(name: string, dueMs: number, breach: Breach): void;
  meet(name: string): void;
}

/** One rule: sees every record of its kinds in order, and the end of the trace where there is one. */
export interface Rule {
  readonly name: string;
  readonly kinds: readonly TraceKind[];
  see(record: TraceRecord, scope: RuleScope): void;
  end?(scope: RuleScope): void;
}

interface Obligation {
  readonly dueMs: number;
  readonly breach: Breach;
}

/** A rule at work. */
class Watched implements RuleScope {
  readonly rule: Rule;
  readonly breach: (breach: Breach) => void;
  readonly #obligations = new Map<string, Obligation>();
  readonly #onObliged: (dueMs: number) => void;
  nowMs = 0;

  constructor(rule: Rule, onBreach: (breach: Breach) => void, onObliged: (dueMs: number) => void) {
    this.rule = rule;
    this.breach = onBreach;
    this.#onObliged = onObliged;
  }

  oblige(name: string, dueMs: number, breach: Breach): void {
    this.#obligations.set(name, { dueMs, breach });
    this.#onObliged(dueMs);
  }

  meet(name: string): void {
    this.#obligations.delete(name);
  }

  /** Breaches for whatever was not met; gives when the next is due. */
  advance(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [name, { dueMs, breach }] of this.#obligations) {
      if (nowMs <= dueMs) nextMs = Math.min(nextMs, dueMs);
      else {
        this.#obligations.delete(name);
        this.breach(breach);
      }
    }
    return nextMs;
  }
}

/**
 * Watches the trace for broken rules, with deadlines on the trace's own time: the same in simulation, on the bench
 * and in production. A deadline is noticed with the first record or `advanceTo` after it; `nextDueMs` says when it
 * is worth while to call that.
 */
export class Invariants {
  readonly #watched: readonly Watched[];
  readonly #byKind: Readonly<Record<TraceKind, readonly Watched[]>>;
  #nextDueMs = Number.POSITIVE_INFINITY;
  #ended = false;

  constructor(rules: readonly Rule[], onBreach: (breach: Breach) => void) {
    const onObliged = (dueMs: number) => {
      this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
    };
    this.#watched = rules.map((rule) => new Watched(rule, onBreach, onObliged));
    // What breaks a rule is our own word, and no rule speaks of it.
    const kinds = traceKinds.map((kind) => [
      kind,
      this.#watched.filter(({ rule }) => rule.kinds.includes(kind)),
    ]);
    this.#byKind = Object.fromEntries(kinds) as Record<TraceKind, readonly Watched[]>;
  }

  /** No deadline passes before; infinite while there is none. */
  get nextDueMs(): number {
    return this.#nextDueMs;
  }

  see(record: TraceRecord): void {
    if (this.#ended) return;
    if (record.tMs > this.#nextDueMs) this.advanceTo(record.tMs);
    for (const watched of this.#byKind[record.kind]) {
      watched.nowMs = record.tMs;
      watched.rule.see(record, watched);
    }
  }

  /** Time has come this far, and nothing else happened. */
  advanceTo(nowMs: number): void {
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    const nextMs = Math.min(...this.#watched.map((watched) => watched.advance(nowMs)));
    this.#nextDueMs = Math.min(this.#nextDueMs, nextMs);
  }

  /** The trace is over, with everything closed: rules about the end are judged. Open deadlines are not. */
  end(nowMs: number): void {
    if (this.#ended) return;
    this.advanceTo(nowMs);
    for (const watched of this.#watched) {
      watched.nowMs = nowMs;
      watched.rule.end?.(watched);
    }
    this.#ended = true;
  }
}

/**
 * Puts the rules to work on a running recorder: a breach becomes a record of its own and is then told to
 * `onBreach`. Returns the engine, for `advanceTo` and `end`.
 */
export function watchInvariants(
  recorder: TraceRecorder,
  rules: readonly Rule[],
  onBreach: (breach: Breach) => void,
): Invariants {
  const invariants = new Invariants(rules, (breach) => {
    const { rule, subject, causeSeq, limitMs } = breach;
    recorder.invariant(rule, subject, causeSeq, { limitMs });
    onBreach(breach);
  });
  recorder.observe((record) => invariants.see(record));
  return invariants;
}
