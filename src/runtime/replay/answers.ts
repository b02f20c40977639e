import { numberAt, textAt } from '../../trace/fields.ts';
import type { TraceRecord } from '../../trace/record.ts';

/** What access said to one attempt. */
export interface Answer {
  /** Of the attempt. */
  readonly atMs: number;
  readonly by: string;
  /** Null for a voice. */
  readonly trackId: number | null;
  /** Who was granted, or null. */
  readonly subjectId: string | null;
  /** Why it was refused, or null. */
  readonly code: string | null;
}

export interface AnswerChanges {
  readonly recordedGrants: number;
  readonly grants: number;
  /** The first attempt that is answered otherwise, or was made only once; null where nobody asked on that side. */
  readonly first: { readonly recorded: Answer | null; readonly now: Answer | null } | null;
}

/** Gathers what access said to every attempt. An attempt is known by its time, which comes from outside. */
export class AnswerLog {
  readonly #answers = new Map<string, Answer>();
  #attemptAtMs = 0;
  grants = 0;

  /** To be handed every record, in order. */
  readonly observe = (record: TraceRecord): void => {
    if (record.kind !== 'event' || record.to !== 'device') return;
    const { event, data } = record;
    if (event === 'ATTEMPT.MADE') this.#attemptAtMs = numberAt(data, 'atMs') ?? record.tMs;
    if (event !== 'ACCESS.GRANTED' && event !== 'ACCESS.REFUSED') return;
    const by = textAt(data, 'by') ?? '';
    const trackId = numberAt(data, 'trackId') ?? null;
    const subjectId = textAt(data, 'grant', 'subjectId') ?? null;
    if (subjectId !== null) this.grants++;
    const atMs = this.#attemptAtMs;
    const answer = { atMs, by, trackId, subjectId, code: textAt(data, 'code') ?? null };
    this.#answers.set(`${by} ${trackId} ${atMs}`, answer);
  };

  changes(now: AnswerLog): AnswerChanges {
    let first: AnswerChanges['first'] = null;
    for (const key of new Set([...this.#answers.keys(), ...now.#answers.keys()])) {
      const before = this.#answers.get(key) ?? null;
      const after = now.#answers.get(key) ?? null;
      if (before?.subjectId === after?.subjectId && before?.code === after?.code) continue;
      if (first === null || timeOf({ recorded: before, now: after }) < timeOf(first)) {
        first = { recorded: before, now: after };
      }
    }
    return { recordedGrants: this.grants, grants: now.grants, first };
  }
}

function timeOf({ recorded, now }: NonNullable<AnswerChanges['first']>): number {
  return recorded?.atMs ?? now?.atMs ?? 0;
}
