import { describe, expect, test } from 'bun:test';
import { Activity } from '../../src/page/browser/activity.ts';
import { traceData } from '../../src/trace/data.ts';
import type { TraceFields, TraceRecord } from '../../src/trace/record.ts';

const vision = 'device/vision';

function activityOf(...told: readonly (readonly [tMs: number, fields: TraceFields])[]): Activity {
  const activity = new Activity();
  told.forEach(([tMs, fields], index) => {
    const record: TraceRecord = { v: 1, seq: index + 1, tMs, ...fields };
    activity.see(record);
  });
  return activity;
}

const inStates = (actor: string, ...states: string[]): TraceFields => ({
  kind: 'snapshot',
  actor,
  states,
  tags: [],
});
const took = (event: string, from: string, to: string, guard?: string): TraceFields => ({
  kind: 'microstep',
  actor: vision,
  event,
  transitions: [{ from, to: [to], ...(guard === undefined ? {} : { guard }) }],
});

describe('what a page knows of a state', () => {
  const activity = activityOf(
    [0, inStates(vision, 'running.idle')],
    [100, inStates(vision, 'running.detecting')],
    [400, inStates(vision, 'running.idle')],
    [1_000, inStates(vision, 'running.detecting')],
  );

  test('is how often it was entered, and how long it lasted', () => {
    expect(activity.visits('vision', 'running.idle')).toEqual({
      count: 2,
      overCount: 2,
      totalMs: 700,
      longestMs: 600,
      lastMs: [600, 100],
    });
    expect(activity.visits('vision', 'running.detecting')).toMatchObject({ count: 2, overCount: 1 });
  });

  test('counts one visit to a state whose inner states change', () => {
    expect(activity.visits('vision', 'running')).toMatchObject({ count: 1, overCount: 0 });
    expect(activity.activeSinceMs(vision, 'running')).toBe(0);
    expect(activity.activeSinceMs(vision, 'running.detecting')).toBe(1_000);
    expect(activity.activeSinceMs(vision, 'running.idle')).toBeUndefined();
  });

  test('holds the visits of everybody who was in view, and ends with the actor', () => {
    const visits = activityOf(
      [0, inStates('device/vision/visit:1', 'arriving')],
      [50, inStates('device/vision/visit:2', 'arriving')],
      [
        80,
        { kind: 'actor', op: 'stopped', actor: 'device/vision/visit:1', logic: 'visit', data: traceData({}) },
      ],
    );
    expect(visits.visits('visit', 'arriving')).toMatchObject({ count: 2, overCount: 1, totalMs: 80 });
  });

  test('begins where the device was when the page was opened', () => {
    const later = new Activity();
    later.startAt({ actor: vision, states: ['running.idle'], tags: [], sinceMs: 5_000 });
    later.see({ v: 1, seq: 1, tMs: 5_600, ...inStates(vision, 'running.detecting') });
    expect(later.visits('vision', 'running.idle')).toMatchObject({ count: 0, overCount: 1, totalMs: 600 });
    expect(later.visits('vision', 'running').count).toBe(0);
    expect(later.activeSinceMs(vision, 'running')).toBe(5_000);
  });
});

describe('what a page knows of a transition', () => {
  const pair = { from: 'running.idle', to: 'running.detecting' };

  test('is when it was taken, told apart by its event and guard', () => {
    const activity = activityOf(
      [10, took('LOOK.COMPLETED', pair.from, pair.to, 'somebody is in view')],
      [20, took('VISIT.MOVED', pair.from, pair.to)],
      [30, took('LOOK.COMPLETED', pair.from, pair.to, 'somebody is in view')],
    );
    const looked = { ...pair, event: 'LOOK.COMPLETED', guard: 'somebody is in view' };
    expect(activity.taken('vision', looked)).toEqual({
      count: 2,
      last: [
        { atMs: 30, event: 'LOOK.COMPLETED' },
        { atMs: 10, event: 'LOOK.COMPLETED' },
      ],
    });
    expect(activity.taken('vision', { ...pair, event: 'VISIT.MOVED', guard: '' }).count).toBe(1);
    expect(activity.taken('hearing', looked).count).toBe(0);
  });

  test('counts for one without an event whatever event led to it', () => {
    const activity = activityOf(
      [10, took('A', pair.from, pair.to, 'g')],
      [20, took('B', pair.from, pair.to, 'g')],
    );
    const { count, last } = activity.taken('vision', { ...pair, event: '', guard: 'g' });
    expect([count, last.map(({ event }) => event)]).toEqual([2, ['B', 'A']]);
  });

  test('is its last ten times, and of one out of the machine itself too', () => {
    const activity = activityOf(
      ...Array.from({ length: 25 }, (_, i): [number, TraceFields] => [i, took('E', 'vision', 'lost')]),
    );
    const { count, last } = activity.taken('vision', { from: '', to: 'lost', event: 'E', guard: '' });
    expect([count, last.length, last[0]?.atMs]).toEqual([25, 10, 24]);
  });
});

test('the last answer of each guard is kept until its actor ends', () => {
  const guard = (name: string, result: boolean): TraceFields => ({
    kind: 'guard',
    actor: vision,
    guard: name,
    result,
    event: 'E',
    values: traceData({ distance: 0.1 }),
  });
  const activity = activityOf([1, guard('a', true)], [2, guard('b', false)], [3, guard('a', false)]);
  expect(activity.guards(vision).map(({ guard: name, result }) => [name, result])).toEqual([
    ['a', false],
    ['b', false],
  ]);
  activity.see({
    v: 1,
    seq: 4,
    tMs: 4,
    kind: 'actor',
    op: 'done',
    actor: vision,
    logic: 'vision',
    data: traceData({}),
  });
  expect(activity.guards(vision)).toEqual([]);
});
