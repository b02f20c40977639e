import type { EvidenceStory, StoryState } from '../trace/story.ts';

/** Somebody in view: the phase of their visit, and what the last look said. */
export interface Visitor {
  readonly actor: string;
  readonly trackId: number;
  readonly phase: string;
  readonly face: EvidenceStory | null;
}

/** Everybody in view, the foremost first: who waits for something, then who is nearest. */
export function visitorsOf({ actors, evidence }: StoryState): Visitor[] {
  const visitors = Object.values(actors).flatMap(({ actor, states }): Visitor[] => {
    const track = /\/visit:(\d+)$/.exec(actor)?.[1];
    if (track === undefined) return [];
    const phase = states[0]?.split('.')[0] ?? '';
    return [{ actor, trackId: Number(track), phase, face: evidence[track] ?? null }];
  });
  const waits = ({ phase }: Visitor) => (phase === 'granted' || phase === 'leaving' ? 0 : 1);
  const near = ({ face }: Visitor) => face?.eyeDistancePx ?? 0;
  return visitors.sort((a, b) => waits(b) - waits(a) || near(b) - near(a));
}
