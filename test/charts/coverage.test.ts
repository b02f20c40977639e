import { describe, expect, test } from 'bun:test';
import { createActor, setup } from 'xstate';
import { machines } from '../../machines/index.ts';
import { chartOf, statesOf } from '../../src/charts/chart.ts';
import { CoverageCounter, coverageLines } from '../../src/charts/coverage.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { ActorTracer } from '../../src/trace/xstate.ts';

describe.each(Object.entries(machines))('of the machine %s', (_, machine) => {
  test('a trace tells every transition from every other', () => {
    const seen = [...statesOf(chartOf(machine))].flatMap(({ path, transitions }) =>
      transitions.map(({ event, guard, targets }) => JSON.stringify([path, guard, targets, event])),
    );
    expect(seen.length).toBe(new Set(seen).size);
  });
});

const lock = setup({
  types: { events: {} as { type: 'KEY.TURNED' } | { type: 'KEY.TAKEN' } | { type: 'BELL.RUNG' } },
  guards: { 'it fits': () => true },
}).createMachine({
  id: 'lock',
  initial: 'shut',
  on: { 'BELL.RUNG': {} },
  states: {
    shut: { on: { 'KEY.TURNED': [{ guard: 'it fits', target: 'opening' }, { target: 'shut' }] } },
    opening: { always: 'open' },
    open: { initial: 'ajar', states: { ajar: {}, wide: {} }, on: { 'KEY.TAKEN': 'shut' } },
  },
});

test('what a trace has is reached, also what is passed through at once; the rest is missing', () => {
  const recorder = new TraceRecorder({ nowMs: () => 0 });
  const counter = new CoverageCounter([chartOf(lock)]);
  recorder.observe(counter.see);
  const tracer = new ActorTracer(recorder, 'lock');
  const actor = createActor(tracer.machine(lock), { inspect: tracer.inspect });
  expect(counter.coverage()[0]?.states).toEqual({ total: 5, reached: 0 });
  actor.start();
  actor.send({ type: 'KEY.TURNED' });
  actor.send({ type: 'BELL.RUNG' });
  expect(counter.coverage()).toEqual([
    {
      machine: 'lock',
      states: { total: 5, reached: 4 },
      transitions: { total: 5, reached: 3 },
      missedStates: ['open.wide'],
      missedTransitions: [
        { from: 'shut', to: ['shut'], text: 'KEY.TURNED' },
        { from: 'open', to: ['shut'], text: 'KEY.TAKEN' },
      ],
    },
  ]);
  expect(coverageLines(counter.coverage())).toEqual([
    'lock         4 of   5 states    3 of   5 transitions',
    '  ✗ open.wide',
    '  ✗ shut → shut  KEY.TURNED',
    '  ✗ open → shut  KEY.TAKEN',
  ]);
});
