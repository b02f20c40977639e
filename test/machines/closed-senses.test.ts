import { expect, test } from 'bun:test';
import { Narrator, paintFor } from '../../src/cli/narrate.ts';
import { explain, tellWhy } from '../../src/trace/why.ts';
import { deviceStates, grantedTo, greenEdges, place, run, speech, visitor } from './simulate.ts';

test('a camera that is closed before the device operates is never opened, until somebody opens it', async () => {
  const { clock, actor, timeline, ...simulated } = place({ people: [visitor('p_ana', 1_000, 60_000)] });
  actor.start();
  actor.send({ type: 'SENSE.CLOSED', sense: 'vision' });
  await clock.runUntil(30_000);
  expect(timeline.some((line) => line.includes('camera <- open'))).toBe(false);
  actor.send({ type: 'SENSE.OPENED', sense: 'vision' });
  await clock.runUntil(33_000);
  expect(grantedTo(simulated)).toEqual(['p_ana']);
});

test('the camera is closed at once, and what somebody was granted goes off with it', async () => {
  const simulated = await run({ people: [visitor('p_ana', 1_000, 60_000)] }, 2_000);
  expect(greenEdges(simulated).at(-1)?.[1]).toBe(true);
  simulated.actor.send({ type: 'SENSE.CLOSED', sense: 'vision' });
  await simulated.clock.runUntil(2_010);
  expect(greenEdges(simulated).at(-1)).toEqual([2_000, false]);
  expect(simulated.timeline).toContain('2000 camera <- close');
  await simulated.clock.runUntil(120_000);
  expect(greenEdges(simulated).at(-1)).toEqual([2_000, false]);
  expect(deviceStates(simulated)).toContain('operating.health.nominal');
  await simulated.stop();
  expect(simulated.breaches).toEqual([]);
});

test('a camera that was away when it was closed is no trouble any more', async () => {
  const away = { fault: 'error', port: 'camera', call: 'open', error: 'not-found', fromMs: 0 } as const;
  const simulated = await run({ faults: [away] }, 20_000);
  expect(deviceStates(simulated)).toContain('operating.health.degraded');
  simulated.actor.send({ type: 'SENSE.CLOSED', sense: 'vision' });
  expect(deviceStates(simulated)).toContain('operating.health.nominal');
});

test('a face that was seen before it was closed does not count beside a voice', async () => {
  const simulated = await run(
    {
      config: '[access]\nrequire = "both"\nboth_within_ms = 60000\n',
      people: [visitor('p_ana', 1_000, 60_000)],
      sounds: [speech('p_ana', 5_000, 8_000)],
    },
    3_000,
  );
  simulated.actor.send({ type: 'SENSE.CLOSED', sense: 'vision' });
  await simulated.clock.runUntil(20_000);
  expect(grantedTo(simulated)).toEqual([]);
});

test('what is closed is told: by the one who narrates, and to whoever asks why', async () => {
  const simulated = await run({ sounds: [] }, 2_000);
  simulated.actor.send({ type: 'SENSE.CLOSED', sense: 'hearing' });
  await simulated.clock.runUntil(3_000);
  const narrator = new Narrator(paintFor({}), (subjectId) => subjectId);
  expect(
    simulated.records.map((record) => narrator.line(record)).filter((line) => line !== undefined),
  ).toContain('    2.0 s  microphone closed on purpose: nobody is heard');
  expect(tellWhy(explain(simulated.records), String)).toContain(
    '  The microphone is closed on purpose: nobody is heard. vigil resume opens it.',
  );
});
