import { expect, test } from 'bun:test';
import { HalError } from '../../hal/contract/errors.ts';
import type { LineKeeper } from '../../hal/contract/keeper.ts';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { ReopeningKeeper } from '../../src/runtime/reopening-keeper.ts';

/** A keeper that can be lost; `opened` counts its connections. */
function lossy(heed: boolean) {
  const clock = new VirtualClock();
  let opened = 0;
  let refuses = 0;
  let lose = () => {};
  const connection: LineKeeper = {
    name: 'line keeper',
    grant: async () => {},
    renew: async () => {},
    release: async () => {},
    read: async () => false,
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  const keeper = new ReopeningKeeper(
    async (onLost) => {
      if (refuses-- > 0) throw new HalError('not-found', 'line keeper', 'no keeper listens');
      opened++;
      lose = onLost;
      return connection;
    },
    clock,
    heed,
  );
  return {
    clock,
    keeper,
    opened: () => opened,
    lose: () => lose(),
    refuse: (times: number) => (refuses = times),
  };
}

test('where a line is otherwise without anybody, a lost connection is made again at once, uncalled, until it can be', async () => {
  const it = lossy(true);
  await it.keeper.connect();
  it.refuse(2);
  it.lose();
  await it.clock.runFor(100);
  expect(it.opened()).toBe(1);
  await it.clock.runFor(5_000);
  expect(it.opened()).toBe(2);
  await it.keeper.close();
  it.lose();
  await it.clock.runFor(5_000);
  expect(it.opened()).toBe(2);
  expect(it.clock.pendingTimers).toBe(0);
});

test('elsewhere the next call makes it', async () => {
  const it = lossy(false);
  await it.keeper.connect();
  it.lose();
  await it.clock.runFor(5_000);
  expect(it.opened()).toBe(1);
});
