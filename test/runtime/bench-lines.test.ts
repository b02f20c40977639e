import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { blink, levels } from '../../src/runtime/bench-lines.ts';
import { FakeGpio } from '../hal/linux/fake-gpio.ts';

const key = 'tegra-gpio:50';
const line = {
  ...({ name: 'green', address: { chip: 'tegra-gpio', offset: 50 }, activeLow: false } as const),
  place: 'pin 11 (tegra-gpio:50)',
};

function bench(signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const kernel = new FakeGpio({ label: 'tegra-gpio', lines: 240 });
  const blinking = Array.fromAsync(blink(line, 2, signal, { kernel, clock }));
  return { kernel, done: clock.runUntilSettled(blinking, 60_000), clock };
}

test('a lamp goes on and off as often as asked, reads back, and is let go, off', async () => {
  const { kernel, done } = bench();
  expect(await done).toEqual([true, false, true, false].map((on) => ({ on, readBack: on })));
  expect(kernel.history.at(-1)).toBe(`${key} let go`);
  expect(kernel.levels.get(key)).toBe(false);
});

test('a line that something else holds up reads back wrong, and that is said', async () => {
  const { kernel, done } = bench();
  kernel.stuck.set(key, true);
  expect((await done).filter(({ on, readBack }) => on !== readBack).length).toBe(2);
});

test('an interrupt leaves it off', async () => {
  const abort = new AbortController();
  const { kernel, done, clock } = bench(abort.signal);
  clock.setTimeout(() => abort.abort(new Error('interrupted')), 100);
  expect(await done.catch((error: unknown) => error)).toEqual(new Error('interrupted'));
  expect(kernel.levels.get(key)).toBe(false);
  expect(kernel.openCount).toBe(0);
});

test('a line that the running device holds is busy, and says so', async () => {
  const kernel = new FakeGpio({ label: 'tegra-gpio', lines: 240 });
  kernel.occupy(key, 'vigil');
  const steps = blink(line, 1, new AbortController().signal, { kernel, clock: new VirtualClock() });
  const error = await steps.next().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HalError);
  expect(String(error)).toContain("is held by 'vigil'");
});

test('an input tells its level and then each change, and is let go at the interrupt', async () => {
  const abort = new AbortController();
  const kernel = new FakeGpio({ label: 'tegra-gpio', lines: 240 });
  const seen: boolean[] = [];
  const watching = (async () => {
    for await (const on of levels(line, abort.signal, { kernel, clock: new VirtualClock() })) {
      seen.push(on);
      if (seen.length === 3) abort.abort(new Error('interrupted'));
      else setTimeout(() => kernel.drive(key, !on), 0);
    }
  })();
  expect(await watching.catch((error: unknown) => error)).toEqual(new Error('interrupted'));
  expect(seen).toEqual([false, true, false]);
  expect(kernel.openCount).toBe(0);
});
