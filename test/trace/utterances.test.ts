import { expect, test } from 'bun:test';
import { eventData, traceData } from '../../src/trace/data.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { UtteranceLog } from '../../src/trace/utterances.ts';
import { StepClock } from './step-clock.ts';

test('each utterance comes to who was granted, else to what was said of the voice last', () => {
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  const log = new UtteranceLog();
  recorder.observe(log.observe);
  const send = (event: { type: string; [field: string]: unknown }) =>
    recorder.record({ kind: 'event', event: event.type, to: 'device', from: null, data: eventData(event) });
  const answer = (decision: string, score: number) =>
    recorder.model('voices', 'finished', {
      data: traceData({ decision, nearest: [{ subjectId: 'p_ana', score }] }),
    });

  answer('unknown', 0.1); // before anybody spoke: of nothing
  clock.advance(1_000);
  send({ type: 'SPEECH.BEGAN', atMs: 1_000 });
  answer('unknown', 0.8);
  answer('known', 0.9);
  send({ type: 'ACCESS.GRANTED', by: 'voice', trackId: null, grant: { grantId: 'g-1', subjectId: 'p_ana' } });
  answer('unknown', 0.7);
  clock.advance(9_000);
  send({ type: 'SPEECH.BEGAN', atMs: 10_000 });
  answer('unknown', 0.6);
  send({ type: 'ACCESS.GRANTED', by: 'face', trackId: 3, grant: { grantId: 'g-2', subjectId: 'p_bea' } });
  clock.advance(5_000);
  send({ type: 'SPEECH.BEGAN', atMs: 15_000 });

  expect(log.utterances()).toEqual([
    { beganMs: 1_000, decision: 'known', grantedSubjectId: 'p_ana', score: 0.9 },
    { beganMs: 10_000, decision: 'unknown', grantedSubjectId: null, score: 0.6 },
    { beganMs: 15_000, decision: '', grantedSubjectId: null, score: null },
  ]);
});
