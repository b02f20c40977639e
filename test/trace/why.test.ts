import { expect, test } from 'bun:test';
import { eventData, traceData } from '../../src/trace/data.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { explain, tellWhy } from '../../src/trace/why.ts';
import { StepClock } from './step-clock.ts';

/** Ana is granted at 1 s, the lamp goes off at 3 s, a stranger is refused at 10 s, then the camera is unplugged. */
function story() {
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  const send = (event: { type: string; [field: string]: unknown }, to = 'device') =>
    recorder.record({ kind: 'event', event: event.type, to, from: null, data: eventData(event) });
  const evidence = (fields: object) => ({
    frames: 3,
    eyeDistancePx: 61.5,
    secondSubjectId: 'p-2',
    reason: 'Ana Lopez is near',
    ...fields,
  });
  const ana = evidence({
    trackId: 1,
    decision: 'known',
    subjectId: 'p-1',
    distance: 0.08,
    secondDistance: 0.31,
  });
  const stranger = evidence({
    trackId: 2,
    decision: 'unknown',
    subjectId: 'p-1',
    distance: 0.14,
    secondDistance: 0.2,
  });
  clock.advance(1_000);
  recorder.record({ kind: 'snapshot', actor: 'device', states: ['operating.health.nominal'], tags: [] });
  send({ type: 'LOOK.COMPLETED', people: [ana] });
  send({ type: 'ATTEMPT.MADE', evidence: ana });
  send({ type: 'ACCESS.GRANTED', trackId: 1, grant: { grantId: 'grant-1', subjectId: 'p-1' } });
  recorder.halOut('green', 'grant', { on: true, grantId: 'grant-1' });
  clock.advance(2_000);
  recorder.halOut('green', 'release');
  clock.advance(7_000);
  send({ type: 'LOOK.COMPLETED', people: [stranger] });
  const values = traceData({ distance: 0.14, threshold: 0.1 });
  const guard = {
    kind: 'guard',
    actor: 'device/access',
    guard: 'the policy grants it',
    event: 'ATTEMPT.MADE',
  } as const;
  recorder.record({ ...guard, result: false, values });
  send({ type: 'ATTEMPT.MADE', evidence: stranger });
  send({ type: 'ACCESS.REFUSED', trackId: 2, code: 'nobody-named', reason: 'nobody' });
  clock.advance(5_000);
  send({ type: 'VISION.IMPAIRED', reason: 'camera: unplugged' });
  return recorder.records();
}

const seconds = (tMs: number) => `${tMs / 1_000} s`;

test('the lamp is off because the last person was refused: the numbers, the guard and the fault are told', () => {
  expect(tellWhy(explain(story()), seconds)).toEqual([
    'At 15 s:',
    '  green is off since 3 s, 12.0 s before.',
    '  Last answer (10 s, 5.0 s before), to track 2: refused: nobody-named.',
    '    It rested on: track 2 unknown, nearest p-1 at distance 0.14, second p-2 at 0.2, 3 frames, eyes 61.5 px apart.',
    '  Last look (1 s, 14.0 s before): track 1 known, nearest p-1 at distance 0.08, second p-2 at 0.31, 3 frames, eyes 61.5 px apart.',
    '  Last look (10 s, 5.0 s before): track 2 unknown, nearest p-1 at distance 0.14, second p-2 at 0.2, 3 frames, eyes 61.5 px apart.',
    '  Impaired: vision since 15 s, 0 ms before.',
    '  States:',
    '    device: operating.health.nominal',
    '  Guards that said no, the latest last:',
    '    device/access: "the policy grants it" (distance 0.14, threshold 0.1), 10 s',
  ]);
});

test('at an earlier moment the answer is the one of that moment', () => {
  const lines = tellWhy(explain(story(), 2_000), seconds);
  expect(lines).toContain('  green is ON since 1 s, 1.0 s before, held by grant-1.');
  expect(lines).toContain('  Last answer (1 s, 1.0 s before), to track 1: granted (grant-1).');
  expect(lines.join()).not.toContain('Impaired');
});

test('what was cured, what has ended and what was long ago is not told', () => {
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  const send = (type: string) =>
    recorder.record({ kind: 'event', event: type, to: 'device', from: null, data: eventData({ type }) });
  send('VISION.IMPAIRED');
  send('VISION.CLEARED');
  const actor = 'device/vision/visit:1';
  recorder.record({ kind: 'snapshot', actor, states: ['arriving'], tags: [] });
  recorder.record({ kind: 'actor', op: 'done', actor, logic: 'visit', data: traceData({}) });
  expect(tellWhy(explain(recorder.records()), seconds)).toEqual([
    'At 0 s:',
    '  No output was commanded yet.',
    '  Access was not asked.',
    '  Nobody was in view lately.',
  ]);
});

test('no display name is told, since none is in the trace', () => {
  expect(JSON.stringify(explain(story()))).not.toContain('Ana');
});

test('somebody with hours was refused: how they stood is told, with the time that it was there', () => {
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  const standing = {
    disabled: false,
    withinHours: false,
    expired: false,
    clockTrusted: true,
    minuteOfWeek: 5 * 1_440 + 20 * 60 + 5,
  };
  const evidence = { trackId: 1, decision: 'known', subjectId: 'p_ana', standing };
  const event = (name: string, data: object) =>
    recorder.record({
      kind: 'event',
      event: name,
      to: 'device',
      from: null,
      data: eventData({ type: name, ...data }),
    });
  event('ATTEMPT.MADE', { by: 'face', evidence });
  event('ACCESS.REFUSED', { by: 'face', trackId: 1, code: 'outside-hours' });
  const told = tellWhy(explain(recorder.records()), (tMs) => `${tMs} ms`).join('\n');
  expect(told).toContain('to track 1: refused: outside-hours.');
  expect(told).toContain(
    'track 1 known, outside their hours, their last day is not over, local time sat 20:05 by a clock that is trusted.',
  );
});
