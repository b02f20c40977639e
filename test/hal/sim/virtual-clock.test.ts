import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createActor, createMachine } from 'xstate';
import { VirtualClock, VirtualWallClock } from '../../../hal/sim/virtual-clock.ts';

describe('virtual clock', () => {
  test('fires chained timers at their own times, not at the end of the run', async () => {
    const clock = new VirtualClock();
    const firedAtMs: number[] = [];
    const again = () => {
      firedAtMs.push(clock.nowMs());
      if (firedAtMs.length < 4) clock.setTimeout(again, 250);
    };
    clock.setTimeout(again, 100);
    await clock.runUntil(1_000);
    expect(firedAtMs).toEqual([100, 350, 600, 850]);
    expect(clock.nowMs()).toBe(1_000);
  });

  test('fires timers in order of time, and in the order they were set where two are due together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 20 }), cancelled: fc.boolean() }), {
          maxLength: 200,
        }),
        async (timers) => {
          const clock = new VirtualClock();
          const fired: number[] = [];
          const ids = timers.map(({ delayMs }, index) =>
            clock.setTimeout(() => {
              expect(clock.nowMs()).toBe(delayMs);
              fired.push(index);
            }, delayMs),
          );
          timers.forEach(({ cancelled }, index) => {
            if (cancelled) clock.clearTimeout(ids[index]!);
          });
          const expected = timers
            .map((timer, index) => ({ ...timer, index }))
            .filter(({ cancelled }) => !cancelled)
            .sort((a, b) => a.delayMs - b.delayMs || a.index - b.index)
            .map(({ index }) => index);
          await clock.runUntil(20);
          expect(fired).toEqual(expected);
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('lets a long promise chain run out before time moves on', async () => {
    const clock = new VirtualClock();
    let finishedAtMs = -1;
    clock.setTimeout(async () => {
      for (let i = 0; i < 1_000; i++) await Promise.resolve();
      finishedAtMs = clock.nowMs();
    }, 5);
    clock.setTimeout(() => {}, 6);
    await clock.runUntil(10);
    expect(finishedAtMs).toBe(5);
  });

  test('stands still while tracked work runs outside of the loop', async () => {
    const clock = new VirtualClock();
    const events: string[] = [];
    clock.setTimeout(async () => {
      const bytes = await clock.track(Bun.file(import.meta.path).bytes());
      events.push(`read ${bytes.length > 0} at ${clock.nowMs()}`);
    }, 10);
    clock.setTimeout(() => events.push(`next at ${clock.nowMs()}`), 11);
    await clock.runUntil(20);
    expect(events).toEqual(['read true at 10', 'next at 11']);
  });

  test('holds the result of tracked work back for its declared time, failures too', async () => {
    const clock = new VirtualClock();
    const events: string[] = [];
    clock.track(Promise.resolve('face'), 80).then((value) => events.push(`${value} at ${clock.nowMs()}`));
    clock
      .track(Promise.reject(new Error('net failed')), 30)
      .catch((error: Error) => events.push(`${error.message} at ${clock.nowMs()}`));
    await clock.runUntil(100);
    expect(events).toEqual(['net failed at 30', 'face at 80']);
  });

  test('says so when tracked work never ends', async () => {
    const clock = new VirtualClock({ workLimitMs: 5 });
    clock.track(new Promise(() => {}));
    await expect(clock.runFor(1)).rejects.toThrow('tracked work hangs: 1 not finished');
  });

  test('gives the result of a promise, or says that nothing is left that could settle it', async () => {
    const clock = new VirtualClock();
    expect(await clock.runUntilSettled(clock.sleep(500).then(() => 'done'))).toBe('done');
    expect(clock.nowMs()).toBe(500);
    await expect(clock.runUntilSettled(new Promise(() => {}))).rejects.toThrow('nothing is left to happen');
    clock.setTimeout(() => {}, 60_000);
    await expect(clock.runUntilSettled(new Promise(() => {}), 1_000)).rejects.toThrow('not settled within');
  });

  test('sleep rejects with the reason of the abort and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const sleeping = clock.sleep(1_000, abort.signal);
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await sleeping.catch((error: unknown) => error)).toBe(reason);
    expect(await clock.sleep(1, abort.signal).catch((error: unknown) => error)).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  test('ends the run with the error of a timer, and can run on', async () => {
    const clock = new VirtualClock();
    clock.setTimeout(() => {
      throw new Error('broken callback');
    }, 1);
    await expect(clock.runFor(10)).rejects.toThrow('broken callback');
    await clock.runFor(10);
    expect(clock.nowMs()).toBe(11);
  });

  test('refuses to run back, to run twice at once, and to stand still for ever', async () => {
    const clock = new VirtualClock({ startMs: 100 });
    await expect(clock.runUntil(99)).rejects.toThrow('cannot run back');
    const first = clock.runFor(1);
    await expect(clock.runFor(1)).rejects.toThrow('running already');
    await first;
    const forever = () => {
      clock.setTimeout(forever, 0);
    };
    forever();
    await expect(clock.runFor(1)).rejects.toThrow('time stands still');
    expect(() => clock.setTimeout(forever, Number.NaN)).toThrow('finite');
  });

  test('drives the delays of an XState machine', async () => {
    const clock = new VirtualClock();
    const lamp = createActor(
      createMachine({
        initial: 'on',
        states: { on: { after: { 3000: 'off' } }, off: { after: { 500: 'on' } } },
      }),
      { clock },
    );
    const changes: string[] = [];
    lamp.subscribe((snapshot) => changes.push(`${snapshot.value} at ${clock.nowMs()}`));
    lamp.start();
    await clock.runFor(7_000);
    lamp.stop();
    expect(changes).toEqual(['on at 0', 'off at 3000', 'on at 3500', 'off at 6500', 'on at 7000']);
  });

  test('fires a simulated hour of timers in a fraction of a second', async () => {
    const clock = new VirtualClock();
    let fired = 0;
    const again = async () => {
      await Promise.resolve();
      fired++;
      clock.setTimeout(again, 36);
    };
    void again();
    const startedMs = performance.now();
    await clock.runFor(3_600_000);
    expect(fired).toBe(100_001);
    // 25 ms on a quiet machine.
    expect(performance.now() - startedMs).toBeLessThan(500);
  });

  test('keeps no cancelled timers of long timeouts', async () => {
    const clock = new VirtualClock();
    for (let i = 0; i < 10_000; i++) clock.clearTimeout(clock.setTimeout(() => {}, 3_600_000));
    expect(clock.pendingTimers).toBe(0);
    await clock.runUntilSettled(clock.sleep(1));
  });
});

describe('virtual wall clock', () => {
  test('moves with the monotonic clock and jumps when told, which the monotonic clock does not notice', async () => {
    const clock = new VirtualClock({ startMs: 500 });
    const startUtcMs = Date.UTC(2026, 0, 1);
    const wall = new VirtualWallClock(clock, { startUtcMs, trusted: false });
    await clock.runFor(1_000);
    expect(wall.nowUtcMs()).toBe(startUtcMs + 1_000);
    wall.jumpBy(-3_600_000);
    expect(wall.nowUtcMs()).toBe(startUtcMs + 1_000 - 3_600_000);
    expect(clock.nowMs()).toBe(1_500);
    expect(wall.trusted).toBe(false);
    wall.trusted = true;
    expect(wall.trusted).toBe(true);
  });
});
