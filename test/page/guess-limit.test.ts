import { expect, test } from 'bun:test';
import { GuessLimit } from '../../src/page/guess-limit.ts';

test('a wrong guess costs nothing twice, then ever more, up to a minute', () => {
  let nowMs = 0;
  const limit = new GuessLimit(() => nowMs);
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    expect(limit.begin('10.0.0.1')).toBe(0);
    const waitMs = limit.begin('10.0.0.1');
    waits.push(waitMs);
    nowMs += waitMs;
    if (waitMs === 0) i++; // that was a guess too
  }
  expect(waits).toEqual(
    [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000].slice(0, waits.length),
  );
  expect(limit.begin('10.0.0.2')).toBe(0);
});

test('who was right begins anew, and who has many addresses of one network gains nothing by them', () => {
  const limit = new GuessLimit(() => 0);
  for (let i = 0; i < 3; i++) limit.begin(`2001:db8:1:2::${i}`);
  expect(limit.begin('2001:db8:1:2::ffff')).toBeGreaterThan(0);
  expect(limit.begin('2001:db8:1:3::1')).toBe(0);
  limit.succeeded('2001:db8:1:2::9');
  expect(limit.begin('2001:db8:1:2::ffff')).toBe(0);
});
