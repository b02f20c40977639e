import { describe, expect, test } from 'bun:test';
import { KioskState } from '../../src/page/kiosk-state.ts';
import { Story, type StoryState } from '../../src/trace/story.ts';

const utcMs = Date.UTC(2026, 5, 1, 12);
const empty = new Story().state;

type Face = StoryState['evidence'][string];

function face(trackId: number, decision: string, subjectId: string | null = null): Face {
  return {
    ...{ atMs: 0, trackId, decision, subjectId, distance: null, secondSubjectId: null, secondDistance: null },
    ...{ frames: 3, eyeDistancePx: 40 },
  };
}

/** Somebody in view, and what the last look at them said. */
function inView(trackId: number, phase: string, evidence: Face): Pick<StoryState, 'actors' | 'evidence'> {
  const actor = `device/vision/visit:${trackId}`;
  return {
    actors: { [actor]: { actor, states: [phase], tags: [], sinceMs: 0 } },
    evidence: { [trackId]: evidence },
  };
}

function granted(atMs: number, evidence: Face): Pick<StoryState, 'answer'> {
  const { trackId } = evidence;
  return {
    answer: { atMs, answer: 'granted', trackId, grantId: 'g', code: null, evidence, voice: null, told: null },
  };
}

function kiosk(): { state: KioskState; tell: (nowMs: number, story: Partial<StoryState>) => void } {
  const state = new KioskState(() => utcMs);
  const facts = { device: 'run', simulated: [], scene: false } as const;
  const tell = (nowMs: number, story: Partial<StoryState>) =>
    state.hear({ type: 'story', nowMs, facts, state: { ...empty, ...story } });
  return { state, tell };
}

describe('the kiosk', () => {
  test('lists who came while nobody is there', () => {
    const { state } = kiosk();
    expect(state.at(1_000)).toEqual({ kind: 'list' });
  });

  test('says what would help while it cannot tell who somebody is', () => {
    const { state, tell } = kiosk();
    tell(1_000, inView(1, 'arriving', face(1, 'too-small')));
    expect(state.at(1_000)).toEqual({ kind: 'looking', decision: 'too-small' });
    tell(2_000, inView(1, 'deciding', face(1, 'unsure')));
    expect(state.at(2_000)).toEqual({ kind: 'looking', decision: null });
  });

  test('welcomes somebody for a while, also when they have gone, and goes back to the list', () => {
    const { state, tell } = kiosk();
    const ana = face(1, 'known', 'p_ana');
    tell(1_000, { ...inView(1, 'granted', ana), ...granted(1_000, ana) });
    expect(state.at(1_000)).toEqual({ kind: 'welcome', subjectId: 'p_ana' });
    expect(state.at(9_000)).toEqual({ kind: 'welcome', subjectId: 'p_ana' }); // still there
    expect(state.at(15_900)).toEqual({ kind: 'welcome', subjectId: 'p_ana' });
    expect(state.at(18_000)).toEqual({ kind: 'welcome', subjectId: 'p_ana' }); // and a moment longer
    tell(20_000, granted(1_000, ana));
    expect(state.at(20_000)).toEqual({ kind: 'list' });
    expect(state.today()).toEqual([{ subjectId: 'p_ana', atUtcMs: utcMs }]);
  });

  test('tells a stranger kindly, and does not forget it at once when they turn away', () => {
    const { state, tell } = kiosk();
    tell(1_000, inView(4, 'unknown', face(4, 'unknown')));
    expect(state.at(1_000)).toEqual({ kind: 'unknown' });
    state.hear({ type: 'records', nowMs: 1_500, records: [] });
    expect(state.at(1_500)).toEqual({ kind: 'unknown' });
  });

  test('says why somebody who is known is not let in', () => {
    const { state, tell } = kiosk();
    const bea = face(2, 'known', 'p_bea');
    const refused = { ...granted(900, bea).answer, answer: 'refused', code: 'outside-hours' } as const;
    tell(1_000, { ...inView(2, 'refused', bea), answer: refused as StoryState['answer'] });
    expect(state.at(1_000)).toEqual({ kind: 'refused', code: 'outside-hours' });
    expect(state.today()).toEqual([]);
  });

  test('lists everybody of today once, the latest first, and nobody of yesterday', () => {
    const { state } = kiosk();
    const hour = 3_600_000;
    state.remember({ subjectId: 'p_ana', atUtcMs: utcMs - hour });
    state.remember({ subjectId: 'p_bea', atUtcMs: utcMs - 2 * hour });
    state.remember({ subjectId: 'p_ana', atUtcMs: utcMs - 3 * hour });
    state.remember({ subjectId: 'p_cleo', atUtcMs: utcMs - 48 * hour });
    expect(state.today().map(({ subjectId }) => subjectId)).toEqual(['p_ana', 'p_bea']);
  });
});
