import { describe, expect, test } from 'bun:test';
import { assign, createActor, fromCallback, setup } from 'xstate';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { Story } from '../../src/trace/story.ts';
import { ActorTracer } from '../../src/trace/xstate.ts';

/** A lamp that lights for two seconds, and runs a `glow` while it does. */
const lamp = setup({
  types: { context: {} as { readonly lit: number }, events: {} as { readonly type: 'PRESSED' } },
  actors: { glow: fromCallback(() => {}) },
  delays: { 'hold time': 2_000 },
  guards: { 'it may be lit': ({ context }) => context.lit < 1 },
}).createMachine({
  id: 'lamp',
  context: { lit: 0 },
  initial: 'off',
  states: {
    off: {
      on: {
        PRESSED: {
          guard: 'it may be lit',
          target: 'on',
          actions: assign({ lit: ({ context }) => context.lit + 1 }),
        },
      },
    },
    on: { invoke: { id: 'glow', src: 'glow' }, after: { 'hold time': 'off' } },
  },
});

function played() {
  const clock = new VirtualClock();
  const trace = new TraceRecorder(clock);
  const story = new Story();
  trace.observe(story.see);
  const tracer = new ActorTracer(trace, 'lamp');
  const actor = createActor(tracer.machine(lamp), { clock: tracer.clock(clock), inspect: tracer.inspect });
  actor.start();
  return { clock, trace, story, actor };
}

describe('a story', () => {
  test('has the delays that run, and what a state runs, until they end', async () => {
    const { clock, story, actor } = played();
    await clock.runUntil(500);
    actor.send({ type: 'PRESSED' });
    expect(Object.values(story.state.timers)).toEqual([
      { actor: 'lamp', delay: 'xstate.after.hold time.lamp.on', setMs: 500, dueMs: 2_500 },
    ]);
    expect(story.state.running['lamp/glow']).toEqual({ actor: 'lamp/glow', logic: 'glow', sinceMs: 500 });
    await clock.runUntil(3_000);
    expect(story.state.timers).toEqual({});
    expect(Object.keys(story.state.running)).toEqual(['lamp']);
  });

  test('has the transition that was taken last, and what let it', async () => {
    const { clock, story, actor } = played();
    actor.send({ type: 'PRESSED' });
    expect(story.state.taken.lamp).toEqual({
      atMs: 0,
      event: 'PRESSED',
      transitions: [{ from: 'off', to: ['on'], guard: 'it may be lit' }],
    });
    await clock.runUntil(3_000);
    actor.send({ type: 'PRESSED' }); // not a second time
    expect(story.state.taken.lamp).toMatchObject({ atMs: 2_000, transitions: [{ from: 'on', to: ['off'] }] });
  });

  test('tells the level that a line was told from the one that it answered', () => {
    const { trace, story } = played();
    trace.halOut('output', 'grant', { on: true, grantId: 'grant-1' });
    expect(story.state.outputs.output).toMatchObject({ on: true, answered: null });
    trace.halIn('output', 'on');
    expect(story.state.outputs.output?.answered).toEqual({ atMs: 0, on: true });
    trace.halOut('output', 'release', { on: false });
    expect(story.state.outputs.output).toMatchObject({ on: false, answered: { on: true } });
    trace.halIn('output', 'failed', { error: 'io' });
    expect(story.state.outputs.output?.answered).toEqual({ atMs: 0, on: null });
  });
});
