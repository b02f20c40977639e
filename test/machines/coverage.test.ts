import { describe, expect, test } from 'bun:test';
import { allLeaves, leavesIn } from './leaves.ts';
import { play, type ScenarioName, scenarios } from './scenarios.ts';

/** States that no scenario can reach through the HAL, each with the reason. */
const unreachable: Readonly<Record<string, string>> = {};

const names = Object.keys(scenarios) as ScenarioName[];

describe('in every scenario', () => {
  test.each(names)('%s: no rule is broken, and nothing is left when the device stops', async (name) => {
    const simulated = await play(name);
    await simulated.stop();
    expect(simulated.breaches).toEqual([]);
    expect(simulated.actor.getSnapshot().status).toBe('done');
    expect(simulated.clock.pendingTimers).toBe(0);
    expect(simulated.leasedSlots()).toBe(0);
    expect(simulated.keeper.outputs.get('green')?.level).toBe(false);
    expect(simulated.indicator.level).toBe(false);
  });
});

test('every state of every machine is reached through scenes, faults and what comes from outside', async () => {
  const visited = new Set<string>();
  for (const name of names) {
    const { records } = await play(name);
    for (const leaf of leavesIn(records)) visited.add(leaf);
  }
  const missed = allLeaves().filter((leaf) => !visited.has(leaf));
  expect(missed).toEqual(Object.keys(unreachable));
});

test('a machine gets its events from its ports and its family alone, but for a stop and a release', async () => {
  const fromOutside = new Set<string>();
  for (const name of names) {
    for (const record of (await play(name)).records) {
      if (record.kind === 'event' && record.from === null) fromOutside.add(record.event);
    }
  }
  const told = [...fromOutside].filter((event) => !event.startsWith('xstate.'));
  expect(told.sort()).toEqual(['OPERATOR.RELEASED', 'STOP.REQUESTED']);
});
