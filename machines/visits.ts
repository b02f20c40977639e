import type { LookCompleted, StrangersChanged, SubjectLeft, VisitPhase } from './events.ts';

/** What vision knows of one visit. */
export interface VisitSeen {
  readonly phase: VisitPhase;
  readonly subjectId: string | null;
  readonly eyeDistancePx: number;
}

/** Everybody in view or just gone, by track. */
export type Visits = Readonly<Record<number, VisitSeen>>;

/** The nearest person who still waits for something, or undefined. */
export function foremost(visits: Visits): VisitSeen | undefined {
  let best: VisitSeen | undefined;
  for (const visit of Object.values(visits)) {
    if (visit.phase === 'granted' || visit.phase === 'leaving') continue;
    if (best === undefined || visit.eyeDistancePx > best.eyeDistancePx) best = visit;
  }
  return best;
}

/** A person whose visit is over, while others in view are still being decided about and may be the same person. */
export interface Departed {
  readonly subjectId: string;
  /** The visits that may be theirs. */
  readonly awaiting: readonly number[];
}

/** Splits those who departed into who has left for certain, and who is still awaited. */
export function settleDepartures(
  departed: readonly Departed[],
  visits: Visits,
): { left: SubjectLeft[]; departed: Departed[] } {
  const isHere = (subjectId: string) => Object.values(visits).some((visit) => visit.subjectId === subjectId);
  const gone = departed
    .filter(({ subjectId }) => !isHere(subjectId)) // two tracks may show one person
    .map(({ subjectId, awaiting }) => ({
      subjectId,
      awaiting: awaiting.filter((trackId) => visits[trackId]?.phase === 'deciding'),
    }));
  return {
    left: gone
      .filter(({ awaiting }) => awaiting.length === 0)
      .map(({ subjectId }) => ({ type: 'SUBJECT.LEFT', by: 'face', subjectId })),
    departed: gone.filter(({ awaiting }) => awaiting.length > 0),
  };
}

/** The person of a visit that is over, or is somebody else's now. */
export function departureOf({ subjectId }: VisitSeen, visits: Visits): Departed[] {
  return subjectId === null ? [] : [{ subjectId, awaiting: Object.keys(visits).map(Number) }];
}

type Strangers = StrangersChanged['strangers'];

/**
 * Faces in view that were not named, however well they are seen; those too far away count for nothing. Whoever was one
 * stays one until the track ends or the face is named: turning away for a moment makes nobody known.
 */
export function strangersIn({ people, ended }: LookCompleted, before: Strangers): Strangers {
  const over = new Set(ended.map(({ trackId }) => trackId));
  const judged = new Map(people.map(({ trackId, decision }) => [trackId, decision]));
  const strange = people.filter(({ decision }) => decision !== 'known' && decision !== 'too-small');
  const unseen = before.filter(({ trackId }) => !over.has(trackId) && !judged.has(trackId));
  const trackIds = [...unseen, ...strange].map(({ trackId }) => trackId);
  return trackIds.sort((a, b) => a - b).map((trackId) => ({ trackId }));
}

export function sameTracks(one: Strangers, other: Strangers): boolean {
  return one.length === other.length && one.every(({ trackId }, i) => trackId === other[i]?.trackId);
}
