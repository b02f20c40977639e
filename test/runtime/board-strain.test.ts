import { expect, test } from 'bun:test';
import { Narrator, paintFor } from '../../src/cli/narrate.ts';
import { Story } from '../../src/trace/story.ts';
import { run, visitor } from '../machines/simulate.ts';

const hot = { fault: 'board-hot', celsius: 99, fromMs: 5_000, untilMs: 30_000 } as const;

test('a hot board is named while it is hot, to who reads along and to who asks why', async () => {
  const simulated = await run({ faults: [hot] }, 25_000);
  const story = new Story();
  const narrator = new Narrator(paintFor({ isTTY: false }), (id) => id);
  const said: string[] = [];
  const hear = (record: (typeof simulated.records)[number]) => {
    story.see(record);
    const line = narrator.line(record);
    if (line?.includes('board ') === true) said.push(line.trim());
  };
  simulated.records.forEach(hear);
  simulated.trace.observe(hear);
  expect(story.state.impairments).toEqual({
    board: { part: 'board', kind: 'slowed-down', sinceMs: expect.any(Number) },
  });
  await simulated.clock.runUntil(45_000);
  expect(story.state.impairments).toEqual({});
  expect(said.map((line) => line.replace(/^[\d.]+ s +/, ''))).toEqual([
    'board     slowed-down: frames at half-rate',
    'board     well again: frames at the full rate',
  ]);
  await simulated.stop();
});

test('half of the frames are looked at while it is hot, and a known person is let in all the same', async () => {
  const looksBetween = async (faults: readonly (typeof hot)[]) => {
    const simulated = await run({ people: [visitor('p_ana', 12_000, 8_000)], faults }, 25_000);
    await simulated.stop();
    const looks = simulated.records.filter(
      ({ kind, tMs, ...record }) =>
        kind === 'model' && 'op' in record && record.op === 'finished' && tMs > 14_000 && tMs < 19_000,
    ).length;
    const granted = simulated.records.some(
      ({ kind, ...record }) => kind === 'event' && 'event' in record && record.event === 'ACCESS.GRANTED',
    );
    return { looks, granted };
  };
  const cool = await looksBetween([]);
  const warm = await looksBetween([hot]);
  expect([cool.granted, warm.granted]).toEqual([true, true]);
  expect(warm.looks / cool.looks).toBeGreaterThan(0.4);
  expect(warm.looks / cool.looks).toBeLessThan(0.6);
});
