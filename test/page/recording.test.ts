import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Activity } from '../../src/page/browser/activity.ts';
import { Live } from '../../src/page/browser/live.ts';
import { Recording } from '../../src/page/browser/recording.ts';
import { indexAt, Viewpoint } from '../../src/page/browser/viewpoint.ts';
import { traceData } from '../../src/trace/data.ts';
import type { TraceFields, TraceRecord } from '../../src/trace/record.ts';
import { Story } from '../../src/trace/story.ts';

const vision = 'device/vision';
const states = ['running.idle', 'running.detecting', 'lost'];

/** A machine that goes from state to state, one record each 10 ms, with notes in between. */
function recorded(count: number): TraceRecord[] {
  return Array.from({ length: count }, (_, index): TraceRecord => {
    const fields: TraceFields =
      index % 3 === 1
        ? { kind: 'note', note: 'between', data: traceData({}) }
        : { kind: 'snapshot', actor: vision, states: [states[(index % 7) % 3] ?? 'lost'], tags: [] };
    return { v: 1, seq: index + 1, tMs: index * 10, ...fields };
  });
}

/** The same without any short cut. */
function replayed(records: readonly TraceRecord[]) {
  const [story, activity] = [new Story(), new Activity()];
  for (const record of records) {
    story.see(record);
    activity.see(record);
  }
  return { state: story.state, visits: states.map((path) => activity.visits('vision', path)) };
}

describe('a recording', () => {
  test('is at any record where its records from the first on lead', () => {
    const records = recorded(3_500);
    const recording = new Recording(records);
    fc.assert(
      fc.property(fc.integer({ min: -1, max: records.length - 1 }), (index) => {
        const { state, activity } = recording.at(index);
        const expected = replayed(records.slice(0, index + 1));
        expect(state).toEqual(expected.state);
        expect(states.map((path) => activity.visits('vision', path))).toEqual(expected.visits);
      }),
      { numRuns: 30 },
    );
  });

  test('has who never moved where it is in the end, and does not guess about who did', () => {
    const still = { actor: 'device', states: ['operating.health.nominal'], tags: [], sinceMs: -5_000 };
    const now = { ...new Story().state, actors: { device: still } };
    const recording = new Recording(recorded(10).slice(1), now);
    expect(recording.at(-1).state.actors).toEqual({ device: still });
    expect(recording.at(-1).activity.activeSinceMs('device', 'operating')).toBe(-5_000);
    expect(Object.keys(recording.at(4).state.actors)).toEqual(['device', vision]);
  });
});

test('the record at a moment is the last that is not later', () => {
  const records = recorded(5);
  expect([-1, 0, 5, 10, 39, 40, 1_000].map((tMs) => indexAt(records, tMs))).toEqual([-1, 0, 0, 1, 3, 4, 4]);
  expect(indexAt([], 5)).toBe(-1);
});

describe('what a page shows', () => {
  function livePage() {
    const live = new Live();
    let moves = 0;
    const view = new Viewpoint(live, () => moves++);
    const records = recorded(20);
    live.hear({
      type: 'story',
      nowMs: 0,
      facts: { device: 'demo', simulated: [], scene: false },
      state: new Story().state,
    });
    live.hear({ type: 'records', nowMs: 200, records });
    return { live, view, records, moves: () => moves };
  }

  test('stays with the record at which it was paused, while the device goes on', () => {
    const { live, view } = livePage();
    view.pause();
    const before = structuredClone(view.state.actors);
    live.hear({ type: 'records', nowMs: 900, records: recorded(40).slice(20) });
    expect([view.mode, view.index, view.records.length]).toEqual(['paused', 19, 20]);
    expect(view.state.actors).toEqual(before);
    expect(view.nowMs).toBe(190);
    view.goLive();
    expect([view.mode, view.index]).toEqual(['live', 39]);
  });

  test('steps back and on, and not past either end', () => {
    const { view, moves } = livePage();
    view.goTo(view.index - 1);
    expect([view.mode, view.index, view.state.seq]).toEqual(['paused', 18, 19]);
    view.goTo(-50);
    expect(view.index).toBe(0);
    view.goTo(500);
    expect([view.index, view.state.seq]).toEqual([19, 20]);
    expect(moves()).toBe(4); // paused, and three steps
  });

  test('is a trace out of a file as if it were live, with its own time of day', () => {
    const { view } = livePage();
    view.open({ records: recorded(6), utcOffsetMs: null, incomplete: null }, 'night.ndjson');
    expect([view.mode, view.fileName, view.index, view.clockOffsetMs]).toEqual([
      'file',
      'night.ndjson',
      0,
      null,
    ]);
    view.goTo(5);
    expect(view.state.actors[vision]?.states).toEqual(['lost']);
  });
});
