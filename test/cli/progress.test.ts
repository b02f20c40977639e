import { expect, test } from 'bun:test';
import { Progress } from '../../src/cli/progress.ts';

function stage(isTTY: boolean) {
  const written: string[] = [];
  let now = 0;
  const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) };
  const progress = new Progress('importing', 50, { stream, nowMs: () => now });
  return { written, progress, at: (ms: number) => (now = ms) };
}

test('work under a second shows nothing', () => {
  const { written, progress, at } = stage(true);
  for (let ms = 0; ms < 1000; ms += 50) {
    at(ms);
    progress.update(ms / 50);
  }
  progress.end();
  expect(written).toEqual([]);
});

test('a terminal gets one bar, redrawn at most ten times a second and taken away at the end', () => {
  const { written, progress, at } = stage(true);
  for (let ms = 1000; ms < 2000; ms += 10) {
    at(ms);
    progress.update(25, 'a very long name of a picture that would not fit into the line');
  }
  progress.end();
  expect(written).toHaveLength(11);
  expect(written[0]).toStartWith('\r\u001b[Kimporting ############------------ 25 of 50 (50 %)');
  expect(written[0]?.length).toBeLessThanOrEqual(60 - 1 + '\r\u001b[K'.length);
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test('a log gets a plain line every five seconds', () => {
  const { written, progress, at } = stage(false);
  for (let ms = 0; ms <= 12_000; ms += 100) {
    at(ms);
    progress.update(ms / 1000);
  }
  progress.end();
  expect(written).toEqual([
    'importing 1 of 50 (2 %)\n',
    'importing 6 of 50 (12 %)\n',
    'importing 11 of 50 (22 %)\n',
  ]);
});
