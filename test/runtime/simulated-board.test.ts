import { describe, expect, test } from 'bun:test';
import { parseConfig } from '../../src/config/read.ts';
import { openOracleSimulation } from '../../src/runtime/open-simulation.ts';
import type { TraceRecord } from '../../src/trace/record.ts';

/** A board without power in an empty scene, and what it did: `500 green on`, `2000 boot 2`. */
function board() {
  const done: string[] = [];
  const records: TraceRecord[] = [];
  const simulation = openOracleSimulation({
    seed: 1,
    hears: false,
    enrolled: ['p_ana'],
    config: parseConfig('', undefined).config,
    startUtcMs: 0,
    onRecord: (record, boot) => {
      records.push(record);
      if (record.seq === 1) done.push(`${record.tMs} boot ${boot}`);
    },
    onEdge: (lamp, { on, atMs }) => done.push(`${atMs} ${lamp} ${on ? 'on' : 'off'}`),
  });
  return { ...simulation, done, records };
}

const ana = (entersAtMs: number) => ({
  subject: 'p_ana',
  entersAtMs,
  from: 'here' as const,
  to: 'here' as const,
  stops: [{ distanceM: 1, lateralM: 0, yawDeg: 0, stayMs: Number.POSITIVE_INFINITY }],
  masked: false,
  walkingSpeedMps: 1,
  eyesAboveCameraM: 0,
});

describe('a simulated board', () => {
  test('that is not fed is reset by its watchdog, dark meanwhile, and boots by itself', async () => {
    const { board: it, clock, done } = board();
    it.boot();
    await clock.runUntil(20_000);
    expect(done).toEqual(['0 boot 1', '0 red on']);
    it.break({ fault: 'error', port: 'watchdog', error: 'io' });
    await clock.runUntil(40_000);
    const boots = done.filter((line) => line.includes('boot'));
    expect(boots.length).toBe(2);
    const atMs = Number.parseInt(boots[1]!, 10);
    // Not fed for 15 s, then 3 s until the firmware runs again.
    expect(atMs).toBeGreaterThan(20_000 + 15_000 + 3_000 - 6_000);
    expect(atMs).toBeLessThanOrEqual(20_000 + 15_000 + 3_000);
    expect((await it.end()).leftBehind).toEqual([]);
  });

  test('without power shows nothing more of what it did before', async () => {
    const { board: it, clock, scene, done, records } = board();
    it.boot();
    scene.enter(ana(0));
    await clock.runUntil(1_000);
    expect(done.toSorted()).toEqual(['0 boot 1', '0 red on', '500 green on', '500 red off']);
    const seen = records.length;
    it.cutPower();
    await clock.runUntil(60_000);
    expect(records.length).toBe(seen);
    expect(done.at(-1)).toBe('1000 green off');
    expect([it.running, it.level('green'), it.level('red')]).toEqual([false, false, false]);
  });

  test('whose line is stuck shows it with the power off, and from the first moment of the next boot', async () => {
    const { board: it, clock } = board();
    it.boot();
    await clock.runUntil(1_000);
    it.break({ fault: 'line-stuck', line: 'green', on: true });
    expect(it.level('green')).toBe(true);
    it.cutPower();
    expect(it.level('green')).toBe(true);
    it.boot();
    expect(it.level('green')).toBe(true);
    expect((await it.end()).on).toEqual([]); // the end mends it first
  });

  test('says at the end what did not stop and what was left', async () => {
    const { board: it, clock } = board();
    it.boot();
    await clock.runUntil(1_000);
    clock.setTimeout(() => {}, 3_600_000);
    expect(await it.end()).toEqual({
      stopped: true,
      on: [],
      leftBehind: ['1 timers'],
    });
  });
});
