import type { TraceRecord } from './record.ts';
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
  /** `breach` happens at `dueMs` unless it is met before. */
  oblige(name: string, dueMs: number, breach: Breach): void;
  meet(name: string): void;
}

/** One rule: sees every record in order, and the end of the trace where there is one. */
export interface Rule {
  readonly name: string;
  see(record: TraceRecord, scope: RuleScope): void;
  end?(scope: RuleScope): void;
}

interface Obligation {
  readonly dueMs: number;
  readonly breach: Breach;
}

/**
 * Watches the trace for broken rules, with deadlines on the trace's own time: the same in simulation, on the bench
 * and in production. A deadline is noticed with the first record or `advanceTo` after it, so call `advanceTo` at an
 * interval where records may stay away.
 */
export class Invariants {
  readonly #rules: readonly { readonly rule: Rule; readonly obligations: Map<string, Obligation> }[];
  readonly #onBreach: (breach: Breach) => void;

  constructor(rules: readonly Rule[], onBreach: (breach: Breach) => void) {
    this.#rules = rules.map((rule) => ({ rule, obligations: new Map() }));
    this.#onBreach = onBreach;
  }

  see(record: TraceRecord): void {
    this.advanceTo(record.tMs);
    if (record.kind === 'invariant') return; // our own words
    for (const { rule, obligations } of this.#rules) rule.see(record, this.#scope(record.tMs, obligations));
  }

  /** Time has come this far, and nothing else happened. */
  advanceTo(nowMs: number): void {
    for (const { obligations } of this.#rules) {
      for (const [name, { dueMs, breach }] of obligations) {
        if (nowMs <= dueMs) continue;
        obligations.delete(name);
        this.#onBreach(breach);
      }
    }
  }

  /** The trace is over, with everything closed: rules about the end are judged. Open deadlines are not. */
  end(nowMs: number): void {
    this.advanceTo(nowMs);
    for (const { rule, obligations } of this.#rules) rule.end?.(this.#scope(nowMs, obligations));
  }

  #scope(nowMs: number, obligations: Map<string, Obligation>): RuleScope {
    return {
      nowMs,
      breach: this.#onBreach,
      oblige: (name, dueMs, breach) => obligations.set(name, { dueMs, breach }),
      meet: (name) => obligations.delete(name),
    };
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
