import { describe, expect, test } from 'bun:test';
import { and, assign, createActor, fromCallback, fromPromise, not, sendParent, setup } from 'xstate';
import { HalError } from '../../hal/contract/errors.ts';
import { TraceHash } from '../../src/trace/hash.ts';
import type { TraceRecord } from '../../src/trace/record.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { ActorTracer, statePaths } from '../../src/trace/xstate.ts';
import { StepClock } from './step-clock.ts';

const visit = setup({
  types: {
    context: {} as { distance: number },
    input: {} as { distance: number },
    events: {} as { type: 'FACE.SEEN'; distance: number },
  },
  guards: {
    'near enough': ({ event }) => event.type === 'FACE.SEEN' && event.distance < 0.1,
    'very near': ({ event }) => event.type === 'FACE.SEEN' && event.distance < 0.05,
  },
}).createMachine({
  id: 'visit',
  context: ({ input }) => input,
  initial: 'deciding',
  states: {
    deciding: {
      on: {
        'FACE.SEEN': [
          { guard: and(['near enough', 'very near']), target: 'granted' },
          { guard: not('near enough'), actions: assign({ distance: ({ event }) => event.distance }) },
        ],
      },
    },
    granted: { tags: ['lit'], type: 'final', entry: sendParent({ type: 'LAMP.ASKED' }) },
  },
});

const device = setup({
  types: { events: {} as { type: 'LAMP.ASKED' } | { type: 'STOP.REQUESTED' } },
  actors: {
    visit,
    'open camera': fromPromise<void>(() => Promise.resolve()),
    look: fromCallback(() => undefined),
  },
  delays: { 'hold time': 2_000, 'open limit': 5_000 },
}).createMachine({
  id: 'device',
  initial: 'opening',
  states: {
    opening: {
      invoke: { src: 'open camera', onDone: 'watching', onError: 'failed' },
      after: { 'open limit': 'failed' },
    },
    watching: {
      invoke: [
        { src: 'look', id: 'look' },
        { src: 'visit', id: 'visit:3', input: { distance: 1 } },
      ],
      initial: 'off',
      on: { 'STOP.REQUESTED': 'stopped' },
      states: {
        off: { on: { 'LAMP.ASKED': 'on' } },
        on: { tags: ['lit'], after: { 'hold time': 'off' } },
      },
    },
    failed: { tags: ['fault'] },
    stopped: { type: 'final' },
  },
});

async function run(
  steps: (device: ReturnType<typeof start>) => void | Promise<void>,
): Promise<TraceRecord[]> {
  const running = start();
  await settle();
  await steps(running);
  return running.recorder.records();
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start() {
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  const hash = new TraceHash(recorder);
  const tracer = new ActorTracer(recorder, 'device');
  const root = tracer.machine(device, {
    'near enough': ({ event }) => ({ distance: event.distance, threshold: 0.1 }),
  });
  const actor = createActor(root, { clock: tracer.clock(clock), inspect: tracer.inspect });
  actor.start();
  const see = (distance: number): void => {
    actor.getSnapshot().children['visit:3']?.send({ type: 'FACE.SEEN', distance });
  };
  return { clock, recorder, hash, actor, see };
}

/** The records in short, as a person would note them. */
function notes(records: readonly TraceRecord[]): string[] {
  return records.map((record) => {
    switch (record.kind) {
      case 'actor':
        return `${record.tMs} ${record.actor} ${record.op}`;
      case 'event':
        return `${record.tMs} ${record.from ?? 'outside'} → ${record.to} ${record.event}`;
      case 'snapshot':
        return `${record.tMs} ${record.actor} is ${record.states.join(', ')}${record.tags.length > 0 ? ` (${record.tags})` : ''}`;
      case 'microstep':
        return `${record.tMs} ${record.actor} ${record.transitions.map((t) => `${t.from}→${t.to}${t.guard === undefined ? '' : ` [${t.guard}]`}`)}`;
      case 'guard':
        return `${record.tMs} ${record.actor} ${record.guard}? ${record.result} ${JSON.stringify(record.values)}`;
      case 'timer':
        return `${record.tMs} timer ${record.timer} ${record.op} ${record.actor} ${record.delay} due ${record.dueMs}`;
      default:
        return record.kind;
    }
  });
}

describe('a trace of machines', () => {
  test('tells the whole story, in order, with actors by path', async () => {
    const records = await run(({ clock, see, actor }) => {
      clock.advance(1_000);
      see(0.2);
      see(0.04);
      clock.advance(2_000);
      actor.send({ type: 'STOP.REQUESTED' });
    });
    expect(notes(records)).toEqual([
      '0 device started',
      '0 device/0.device.opening started',
      '0 timer 1 scheduled device xstate.after.open limit.device.opening due 5000',
      '0 device is opening',
      '0 device/0.device.opening → device xstate.done.actor.0.device.opening',
      '0 device/look started',
      '0 device/visit:3 started',
      '0 device opening→watching',
      '0 timer 1 cancelled device xstate.after.open limit.device.opening due 5000',
      '0 device/visit:3 is deciding',
      '0 device is watching.off',
      '0 device/0.device.opening done',
      '1000 outside → device/visit:3 FACE.SEEN',
      '1000 device/visit:3 near enough? false {"distance":0.2,"threshold":0.1}',
      '1000 device/visit:3 deciding→ [not (near enough)]',
      '1000 outside → device/visit:3 FACE.SEEN',
      '1000 device/visit:3 near enough? true {"distance":0.04,"threshold":0.1}',
      '1000 device/visit:3 very near? true {}',
      '1000 device/visit:3 deciding→granted [near enough and very near]',
      '1000 device/visit:3 → device LAMP.ASKED',
      '1000 device watching.off→watching.on',
      '1000 timer 2 scheduled device xstate.after.hold time.device.watching.on due 3000',
      '1000 device is watching.on (lit)',
      '1000 device/visit:3 → device xstate.done.actor.visit:3',
      '1000 device/visit:3 is granted (lit)',
      '1000 device/visit:3 done',
      '3000 timer 2 fired device xstate.after.hold time.device.watching.on due 3000',
      '3000 device → device xstate.after.hold time.device.watching.on',
      '3000 device watching.on→watching.off',
      '3000 device is watching.off',
      '3000 outside → device STOP.REQUESTED',
      '3000 device watching→stopped',
      '3000 device/look stopped',
      '3000 device is stopped',
      '3000 device done',
    ]);
  });

  test('is the same in every run, to the byte', async () => {
    const hashes = new Set<string>();
    for (let i = 0; i < 3; i++) {
      let hash = '';
      await run((running) => {
        running.see(0.2);
        running.see(0.01);
        running.clock.advance(5_000);
        hash = running.hash.digest();
      });
      hashes.add(hash);
    }
    expect(hashes.size).toBe(1);
  });

  test('notes a guard that keeps saying no at frame rate once a second, and only while its values change', async () => {
    const records = await run(({ clock, see }) => {
      for (let frame = 0; frame < 100; frame++) {
        clock.advance(100);
        see(frame < 50 ? 0.2 + frame / 1_000 : 0.5);
      }
    });
    const asked = records.filter((record) => record.kind === 'guard');
    expect(asked.length).toBeGreaterThanOrEqual(5);
    expect(asked.length).toBeLessThanOrEqual(7);
  });

  test('says which actor failed when a machine throws', () => {
    const broken = setup({
      guards: {
        'is it': (): boolean => {
          throw new HalError('io', 'lamp', 'rtsp://ana:secret@door went away');
        },
      },
    }).createMachine({ id: 'device', on: { ASK: { guard: 'is it', actions: () => undefined } } });
    const recorder = new TraceRecorder(new StepClock());
    const tracer = new ActorTracer(recorder, 'device');
    const actor = createActor(tracer.machine(broken), { inspect: tracer.inspect });
    actor.subscribe({ error: () => undefined });
    actor.start();
    actor.send({ type: 'ASK' });
    const failed = recorder.records().find((record) => record.kind === 'actor' && record.op === 'failed');
    expect(failed).toMatchObject({ actor: 'device', data: { error: 'Error' } });
    expect(JSON.stringify(recorder.records())).not.toContain('secret');
  });

  test('holds nothing that was not asked of it: a guard asked outside a transition is not recorded', async () => {
    const records = await run(({ actor }) => {
      actor.getSnapshot().children['visit:3']?.getSnapshot();
      actor.getSnapshot().can({ type: 'LAMP.ASKED' });
    });
    expect(records.filter((record) => record.kind === 'guard')).toEqual([]);
  });
});

test('state paths name every active leaf of a nested and parallel state', () => {
  expect(statePaths({ operating: { vision: { running: 'idle' }, health: 'nominal' } })).toEqual([
    'operating.vision.running.idle',
    'operating.health.nominal',
  ]);
  expect(statePaths({ operating: {} })).toEqual(['operating']);
});
