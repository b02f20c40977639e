import { expect, test } from 'bun:test';
import { place, run, visitor } from '../machines/simulate.ts';

/** A lamp whose driver throws where it should reject: a bug that reaches an action of the machines. */
const brokenLamp = {
  name: 'red',
  commanded: false,
  set: (): Promise<void> => {
    throw new Error('a bug in a driver');
  },
  read: async () => false,
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

/** When a boot counts as good: the root machine then tells the boot counter. */
const goodBootMs = 60_000;

test('a lamp whose driver throws in an action does not take the device down', async () => {
  const simulated = await run({ replacePorts: () => ({ indicator: brokenLamp }) }, 5_000);
  expect(simulated.actor.getSnapshot().status).toBe('active');
  expect(simulated.records.some((record) => record.kind === 'hal.in' && record.device === 'red')).toBe(true);
});

test('when the root machine dies, the lamp goes off at once, everything is closed, and the caller is told', async () => {
  const simulated = place({
    people: [visitor('p_ana', 58_500, 20_000), visitor('p_bea', 90_000, 5_000)],
    replacePorts: () => ({
      boots: {
        begin: async () => 0,
        good: () => {
          throw new Error('a bug in a port'); // where it should reject
        },
      },
    }),
  });
  const { actor, clock, keeper, watchdog } = simulated;
  let death: Error | undefined;
  simulated.died.then((error) => {
    death = error;
  });
  actor.start();
  await clock.runUntil(goodBootMs - 1);
  expect(keeper.outputs.get('green')?.level).toBe(true);

  await clock.runUntil(goodBootMs);
  expect(actor.getSnapshot().status).toBe('error');
  expect(keeper.history.at(-1)).toEqual({ atMs: goodBootMs, line: 'green', on: false });
  expect(death?.message).toBe('a bug in a port');
  expect(simulated.indicator.level).toBe(false);
  expect(simulated.leasedSlots()).toBe(0);
  const notes = simulated.records.filter((record) => record.kind === 'note').map(({ note }) => note);
  expect(notes).toContain('root-died');

  // Nobody is granted any more, and the board resets itself should the process not end.
  await clock.runUntil(120_000);
  expect(keeper.history.filter(({ on }) => on)).toHaveLength(1);
  expect(watchdog.resetsAtMs).toHaveLength(1);
});

test('a device that ends in order has not died', async () => {
  const simulated = await run({ people: [visitor('p_ana', 3_000, 6_000)] }, 5_000);
  let died = false;
  simulated.died.then(() => {
    died = true;
  });
  await simulated.stop();
  expect(died).toBe(false);
});
