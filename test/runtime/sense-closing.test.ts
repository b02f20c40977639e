import { expect, test } from 'bun:test';
import { VirtualClock, VirtualWallClock } from '../../hal/sim/virtual-clock.ts';
import { type Closure, nothingClosed } from '../../src/runtime/privacy-switch.ts';
import { SenseClosing } from '../../src/runtime/sense-closing.ts';

const startUtcMs = Date.UTC(2026, 0, 1, 12);
const hourMs = 3_600_000;

function begin(trusted = true) {
  const clock = new VirtualClock();
  const wallClock = new VirtualWallClock(clock, { startUtcMs, trusted });
  const told: string[] = [];
  const closing = new SenseClosing(clock, wallClock, ({ type, sense }) => {
    told.push(`${clock.nowMs() / hourMs} h ${sense} ${type === 'SENSE.CLOSED' ? 'closed' : 'opened'}`);
  });
  return { clock, wallClock, closing, told };
}

const order = (forMs: number | null, atUtcMs: number | null = startUtcMs, id = 'one'): Closure => ({
  id,
  by: 'somebody',
  atUtcMs,
  forMs,
});

test('a time that is ordered while the device runs is counted whatever the time of day becomes', async () => {
  const { clock, wallClock, closing, told } = begin();
  closing.follow(nothingClosed);
  closing.follow({ ...nothingClosed, camera: order(2 * hourMs) });
  wallClock.jumpBy(5 * hourMs);
  closing.follow({ ...nothingClosed, camera: order(2 * hourMs) });
  await clock.runFor(hourMs);
  wallClock.jumpBy(-20 * hourMs);
  await clock.runFor(5 * hourMs);
  expect(told).toEqual(['0 h vision closed', '2 h vision opened']);
  expect(clock.pendingTimers).toBe(0);
});

test('what is over is not closed again by the order that still stands there; another order closes it', async () => {
  const { clock, closing, told } = begin();
  closing.follow(nothingClosed);
  const camera = order(hourMs);
  closing.follow({ ...nothingClosed, camera });
  await clock.runFor(2 * hourMs);
  closing.follow({ ...nothingClosed, camera });
  closing.follow({ ...nothingClosed, camera: order(null, startUtcMs, 'two') });
  await clock.runFor(100 * hourMs);
  closing.follow(nothingClosed);
  expect(told).toEqual([
    '0 h vision closed',
    '1 h vision opened',
    '2 h vision closed',
    '102 h vision opened',
  ]);
});

test('after a restart only what is left of the time is waited for, and never more than was ordered', async () => {
  for (const [atUtcMs, openedAt] of [
    [startUtcMs - hourMs, 1],
    [startUtcMs + 50 * hourMs, 2], // the clock was set back
    [startUtcMs - 3 * hourMs, 0],
    [null, 2], // nobody knew when it was ordered
  ] as const) {
    const { clock, closing, told } = begin();
    closing.follow({ ...nothingClosed, microphone: order(2 * hourMs, atUtcMs) });
    await clock.runFor(10 * hourMs);
    expect(told).toEqual(['0 h hearing closed', `${openedAt} h hearing opened`]);
  }
});

test('a device that does not know what time it is keeps closed until it does', async () => {
  const { clock, wallClock, closing, told } = begin(false);
  closing.follow({ ...nothingClosed, microphone: order(hourMs, startUtcMs - 3 * hourMs) });
  await clock.runFor(40 * hourMs);
  expect(told).toEqual(['0 h hearing closed']);
  wallClock.trusted = true;
  await clock.runFor(10_000);
  expect(told).toHaveLength(2);
});

test('nothing is told and no timer is left when it ends', async () => {
  const { clock, closing, told } = begin();
  closing.follow({ camera: order(hourMs), microphone: order(hourMs, startUtcMs, 'two') });
  closing.end();
  expect(clock.pendingTimers).toBe(0);
  await clock.runFor(2 * hourMs);
  expect(told).toHaveLength(2);
});
