import { describe, expect, test } from 'bun:test';
import { SystemClock, SystemWallClock } from '../../../hal/linux/clock.ts';
import { roundForTrace } from '../../../src/trace/data.ts';

describe('the monotonic clock', () => {
  const clock = new SystemClock();

  test('never fires a timer early, and fires them in the order of their times', async () => {
    const late: number[] = [];
    const order: number[] = [];
    const delays = [7.5, 3.2, 0, 12, 0.4];
    await Promise.all(
      delays.map(async (delayMs) => {
        const dueMs = clock.nowMs() + delayMs;
        await clock.sleep(delayMs);
        late.push(clock.nowMs() - dueMs);
        order.push(delayMs);
      }),
    );
    for (const lateMs of late) expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(order).toEqual([0, 0.4, 3.2, 7.5, 12]);
  });

  test('does not fire a timer that was cleared, nor one a year from now', async () => {
    let fired = 0;
    const soon = clock.setTimeout(() => fired++, 5);
    const far = clock.setTimeout(() => fired++, 365 * 24 * 3_600_000);
    clock.clearTimeout(soon);
    clock.clearTimeout(soon);
    await clock.sleep(15);
    clock.clearTimeout(far);
    expect(fired).toBe(0);
  });

  test('counts in whole microseconds, which a trace writes exactly', () => {
    const clock = new SystemClock();
    for (let i = 0; i < 1_000; i++) {
      const nowMs = clock.nowMs();
      expect(roundForTrace('nowMs', nowMs)).toBe(nowMs);
    }
  });

  test('takes a negative delay as none, and refuses one that is no number', async () => {
    await clock.sleep(-5);
    expect(() => clock.setTimeout(() => undefined, Number.NaN)).toThrow(RangeError);
    expect(() => clock.setTimeout(() => undefined, Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  test('wakes a sleeper that is aborted, with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const sleeping = clock.sleep(60_000, controller.signal).catch((error: unknown) => error);
    controller.abort(reason);
    expect(await sleeping).toBe(reason);
    expect(await clock.sleep(60_000, controller.signal).catch((error: unknown) => error)).toBe(reason);
  });
});

test('the time of day is that of the system, and whether it may be trusted is known', () => {
  const wall = new SystemWallClock();
  expect(Math.abs(wall.nowUtcMs() - Date.now())).toBeLessThan(100);
  expect(typeof wall.trusted).toBe('boolean');
});
