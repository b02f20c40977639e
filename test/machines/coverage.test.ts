import { describe, expect, test } from 'bun:test';
import { machines } from '../../machines/index.ts';
import { chartOf } from '../../src/charts/chart.ts';
import { CoverageCounter } from '../../src/charts/coverage.ts';
import { play, type ScenarioName, scenarios } from './scenarios.ts';

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

const bug = 'a machine that throws is a bug: its guards and actions cannot';
const brokenRule = 'a rule is broken by a bug alone; test/runtime/broken-rules.test.ts has devices with one';
const answered = 'access answers within the step in which it is asked; the limit is for a bug';
const answeredAtOnce =
  'access answers within the step in which it is asked, and no sense is closed meanwhile';
const shortWait = 'the waits before `lost` are shorter than the interval';

/** Transitions that nothing on the other side of the HAL brings about, each with the reason. */
const outOfReach: Readonly<Record<string, string>> = {
  'device: INVARIANT.BROKEN [a fault did not come to its end]': brokenRule,
  'device: INVARIANT.BROKEN': brokenRule,
  'device safe: INVARIANT.BROKEN': brokenRule,
  'device stopping: INVARIANT.BROKEN': brokenRule,
  'device: watchdog failed': bug,
  'device: door failed': bug,
  'door: watch the inputs failed': bug,
  'device operating: access failed': bug,
  'device operating: output failed': bug,
  'device operating: outputs failed': bug,
  'device operating: watch the board failed': bug,
  'device operating.vision.open: vision failed': bug,
  'device operating: ACCESS.GRANTED [who asked is closed]': answeredAtOnce,
  'device operating: ACCESS.REFUSED [who asked is closed]': answeredAtOnce,
  'device operating.hearing.present: hearing failed': bug,
  'vision reconnecting.waiting: after progress interval': shortWait,
  'visit deciding.asking: after access answer limit': answered,
  'visit challenged: challenge failed': bug,
  'hearing running.classifying.asking: after access answer limit': answered,
  'hearing reconnecting.waiting: after progress interval': shortWait,
};

test('every state and every transition of every machine is reached through scenes, faults and what comes from outside', async () => {
  const counter = new CoverageCounter(Object.values(machines).map((machine) => chartOf(machine)));
  for (const name of names) {
    const simulated = await play(name);
    await simulated.stop();
    simulated.records.forEach(counter.see);
  }
  const coverage = counter.coverage();
  expect(coverage.flatMap(({ missedStates }) => missedStates)).toEqual([]);
  const missed = coverage.flatMap(({ machine, missedTransitions }) =>
    missedTransitions.map(({ from, text }) => `${machine}${from === '' ? '' : ` ${from}`}: ${text}`),
  );
  expect(missed.sort()).toEqual(Object.keys(outOfReach).sort());
  console.log(
    coverage
      .map(
        ({ machine, states, transitions }) =>
          `${machine} ${states.reached}/${states.total} states, ${transitions.reached}/${transitions.total} transitions`,
      )
      .join('\n'),
  );
}, 60_000);

test('a machine gets its events from its ports and its family alone, but for what people order', async () => {
  const fromOutside = new Set<string>();
  for (const name of names) {
    for (const record of (await play(name)).records) {
      if (record.kind === 'event' && record.from === null) fromOutside.add(record.event);
    }
  }
  const told = [...fromOutside].filter((event) => !event.startsWith('xstate.'));
  expect(told.sort()).toEqual(['OPERATOR.RELEASED', 'SENSE.CLOSED', 'SENSE.OPENED', 'STOP.REQUESTED']);
}, 60_000);
