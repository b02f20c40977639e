import { describe, expect, test } from 'bun:test';
import { type LaneName, Lanes, laneOf } from '../../src/page/browser/views/machines/lanes.ts';
import { traceData } from '../../src/trace/data.ts';
import type { TraceFields, TraceRecord } from '../../src/trace/record.ts';

function lanesOf(...told: readonly (readonly [tMs: number, fields: TraceFields])[]): Lanes {
  const lanes = new Lanes();
  told.forEach(([tMs, fields], index) => {
    lanes.see(recordOf(index + 1, tMs, fields));
  });
  return lanes;
}

function recordOf(seq: number, tMs: number, fields: TraceFields): TraceRecord {
  return { v: 1, seq, tMs, ...fields };
}

const lane = (lanes: Lanes, name: LaneName) => lanes.all.find((each) => each.name === name)!;
const snapshot = (actor: string, state: string, ...tags: string[]): TraceFields => ({
  kind: 'snapshot',
  actor,
  states: [state],
  tags,
});
const none = traceData({});

describe('lanes over time', () => {
  test('show a state for as long as it lasts', () => {
    const { segments } = lane(
      lanesOf(
        [0, snapshot('device/vision', 'running.idle')],
        [10, snapshot('device/vision', 'running.detecting')],
        [90, snapshot('device/vision', 'reconnecting', 'degraded')],
      ),
      'vision',
    );
    expect(segments).toEqual([
      { fromMs: 0, toMs: 10, text: 'idle', tone: 'quiet', row: 0 },
      { fromMs: 10, toMs: 90, text: 'detecting', tone: 'plain', row: 0 },
      { fromMs: 90, toMs: undefined, text: 'reconnecting', tone: 'warn', row: 0 },
    ]);
  });

  test('show two people in view one below the other, until each has gone', () => {
    const { segments } = lane(
      lanesOf(
        [0, snapshot('device/vision/visit:1', 'deciding')],
        [5, snapshot('device/vision/visit:2', 'granted')],
        [9, { kind: 'actor', op: 'stopped', actor: 'device/vision/visit:1', logic: 'visit', data: none }],
      ),
      'visit',
    );
    expect(segments.map(({ row, tone, toMs }) => [row, tone, toMs])).toEqual([
      [1, 'plain', 9],
      [0, 'good', undefined],
    ]);
  });

  test('tell what the green lamp was told from what it answered', () => {
    const { segments } = lane(
      lanesOf(
        [0, { kind: 'hal.out', device: 'output', op: 'grant', on: true, grantId: 'g', data: none }],
        [3, { kind: 'hal.in', device: 'output', op: 'on', data: none }],
        [2_003, { kind: 'hal.in', device: 'output', op: 'off', data: none }],
        [2_010, { kind: 'hal.out', device: 'output', op: 'release', on: false, data: none }],
      ),
      'green',
    );
    expect(segments.map(({ text, fromMs, toMs, row }) => [text, fromMs, toMs, row])).toEqual([
      ['told', 0, 2_010, 0],
      ['answered', 3, 2_003, 1],
    ]);
  });

  test('show a camera that fails, models that answer, rules that break', () => {
    const lanes = lanesOf(
      [0, { kind: 'hal.in', device: 'camera', op: 'opened', data: none }],
      [5, { kind: 'hal.in', device: 'camera', op: 'open-failed', error: 'disconnected', data: none }],
      [
        6,
        {
          kind: 'model',
          model: 'faces',
          op: 'finished',
          data: traceData({ faces: [{ decision: 'known' }] }),
        },
      ],
      [7, { kind: 'model', model: 'faces', op: 'finished', data: traceData({ faces: [] }) }],
      [8, { kind: 'invariant', rule: 'fresh-grant', subject: 'output', causeSeq: 1, data: none }],
    );
    expect(lane(lanes, 'camera').segments.map(({ text, tone }) => [text, tone])).toEqual([
      ['opened', 'plain'],
      ['disconnected', 'bad'],
    ]);
    expect(lane(lanes, 'faces').marks.map(({ text, tone }) => [text, tone])).toEqual([
      ['known', 'good'],
      ['finished', 'quiet'],
    ]);
    expect(lane(lanes, 'faults').marks.map(({ atMs, tone }) => [atMs, tone])).toEqual([
      [5, 'bad'],
      [8, 'bad'],
    ]);
  });

  test('let go what is older than ten minutes, and keep what still lasts', () => {
    const lanes = new Lanes();
    lanes.see(recordOf(1, 0, { kind: 'hal.in', device: 'camera', op: 'opened', data: none }));
    for (let seq = 2; seq <= 20_000; seq++) {
      lanes.see(recordOf(seq, seq * 100, snapshot('device/vision', seq % 2 === 0 ? 'running.idle' : 'lost')));
    }
    expect(lane(lanes, 'vision').segments.length).toBeLessThan(12_000);
    expect(lane(lanes, 'camera').segments).toHaveLength(1);
  });
});

test('every record of a machine or device has its lane', () => {
  const lanes = (
    [
      snapshot('device/vision/visit:7', 'arriving'),
      { kind: 'event', event: 'LOOK.COMPLETED', to: 'device/vision', from: null, data: none },
      { kind: 'hal.out', device: 'output', op: 'release', data: none },
      { kind: 'hal.out', device: 'red', op: 'set', on: true, data: none },
      { kind: 'note', note: 'config', data: none },
    ] satisfies TraceFields[]
  ).map((fields) => laneOf(recordOf(1, 0, fields)));
  expect(lanes).toEqual(['visit', 'vision', 'green', 'red', undefined]);
});
