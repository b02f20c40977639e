import { numberAt, textAt } from './fields.ts';
import type { TraceRecord } from './record.ts';

/** How one visit went, as far as it has come. */
export interface VisitOutcome {
  readonly trackId: number;
  readonly firstSeenMs: number;
  /** What was said of the face when access was asked; before that, what was said most often. */
  readonly decision: string;
  /** Who was granted, or null. */
  readonly grantedSubjectId: string | null;
  /** Why access refused, or null. */
  readonly refusal: string | null;
  /** Squared L2 distance to the nearest person when access was asked; null when it was not. */
  readonly distance: number | null;
}

/** Follows a trace and knows how every visit in it ended. */
export class VisitLog {
  readonly #visits = new Map<number, VisitOutcome>();
  /** How often each decision was given for a face, by track. */
  readonly #counts = new Map<number, Map<string, number>>();

  /** To be handed every record, in order. */
  readonly observe = (record: TraceRecord): void => {
    if (record.kind !== 'event') return;
    const { event, to, data } = record;
    if (event === 'FACE.SEEN') {
      const visit = this.#visit(numberAt(data, 'evidence', 'trackId'), record.tMs);
      const decision = textAt(data, 'evidence', 'decision');
      if (visit !== undefined && visit.distance === null && decision !== undefined) {
        this.#set({ ...visit, decision: this.#mostFrequent(visit, decision) });
      }
    } else if (event === 'ATTEMPT.MADE' && to === 'device') {
      const visit = this.#visit(numberAt(data, 'evidence', 'trackId'), record.tMs);
      if (visit === undefined) return;
      const distance = numberAt(data, 'evidence', 'distance') ?? null;
      this.#set({ ...visit, distance, decision: textAt(data, 'evidence', 'decision') ?? visit.decision });
    } else if (event === 'ACCESS.GRANTED' && to === 'device') {
      const visit = this.#visit(numberAt(data, 'trackId'), record.tMs);
      const grantedSubjectId = textAt(data, 'grant', 'subjectId');
      if (visit !== undefined && grantedSubjectId !== undefined) this.#set({ ...visit, grantedSubjectId });
    } else if (event === 'ACCESS.REFUSED' && to === 'device') {
      const visit = this.#visit(numberAt(data, 'trackId'), record.tMs);
      if (visit !== undefined) this.#set({ ...visit, refusal: textAt(data, 'code') ?? null });
    }
  };

  /** Every visit, in the order in which they began. */
  visits(): VisitOutcome[] {
    return [...this.#visits.values()];
  }

  #visit(trackId: number | undefined, atMs: number): VisitOutcome | undefined {
    if (trackId === undefined) return undefined;
    const known = this.#visits.get(trackId);
    if (known !== undefined) return known;
    const visit = { trackId, firstSeenMs: atMs, decision: '', distance: null };
    this.#set({ ...visit, grantedSubjectId: null, refusal: null });
    return this.#visits.get(trackId);
  }

  #mostFrequent({ trackId, decision }: VisitOutcome, next: string): string {
    const counts = this.#counts.get(trackId) ?? new Map<string, number>();
    this.#counts.set(trackId, counts);
    counts.set(next, (counts.get(next) ?? 0) + 1);
    return (counts.get(next) ?? 0) > (counts.get(decision) ?? 0) ? next : decision;
  }

  #set(visit: VisitOutcome): void {
    this.#visits.set(visit.trackId, visit);
  }
}
