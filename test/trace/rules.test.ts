import { describe, expect, test } from 'bun:test';
import { eventData } from '../../src/trace/data.ts';
import { type Breach, watchInvariants } from '../../src/trace/invariants.ts';
import { TraceRecorder } from '../../src/trace/recorder.ts';
import { defaultRuleLimits, deviceRules } from '../../src/trace/rules.ts';
import { StepClock } from './step-clock.ts';

/** A device with two interlocked lines, all rules watching. Each test writes the trace that its story leaves. */
function device() {
  const clock = new StepClock();
  const recorder = new TraceRecorder(clock);
  const breaches: Breach[] = [];
  const rules = deviceRules({
    ...defaultRuleLimits,
    actuators: [
      { device: 'green', maxOnMs: 3_000, interlock: 'door' },
      { device: 'strike', maxOnMs: 3_000, interlock: 'door' },
      { device: 'buzzer', maxOnMs: 3_000, causes: ['ACCESS.REFUSED'] },
    ],
  });
  const invariants = watchInvariants(recorder, rules, (breach) => breaches.push(breach));
  const state = (name: string, tags: readonly string[]) =>
    recorder.record({ kind: 'snapshot', actor: 'device', states: [name], tags: [...tags] });
  return {
    clock,
    recorder,
    invariants,
    broken: () => breaches.map(({ rule, subject }) => `${rule} ${subject}`),
    breaches,
    granted: (grantId: string) =>
      recorder.record({
        kind: 'event',
        event: 'ACCESS.GRANTED',
        to: 'device',
        from: 'device/access',
        data: eventData({
          type: 'ACCESS.GRANTED',
          trackId: 1,
          grant: { grantId, subjectId: 'p-1', issuedAtMs: 0 },
        }),
      }),
    on: (line: string, grantId?: string) =>
      recorder.halOut(line, 'grant', { on: true, ...(grantId === undefined ? {} : { grantId }) }),
    refused: () =>
      recorder.record({
        kind: 'event',
        event: 'ACCESS.REFUSED',
        to: 'device',
        from: 'device/access',
        data: eventData({ type: 'ACCESS.REFUSED', trackId: 1, code: 'nobody-named' }),
      }),
    answersOn: (line: string) => recorder.halIn(line, 'on'),
    off: (line: string) => recorder.halOut(line, 'release'),
    wait: (ms: number) => {
      clock.advance(ms);
      invariants.advanceTo(clock.nowMs());
    },
    fault: () => state('fault', ['fault']),
    operating: () => state('operating.health.nominal', []),
    safe: () => state('safe', ['fault', 'safe']),
    stopped: () => {
      recorder.record({
        kind: 'actor',
        op: 'done',
        actor: 'device',
        logic: '',
        data: eventData({ type: '' }),
      });
      invariants.end(clock.nowMs());
    },
  };
}

test('a whole visit with a fault and its cure breaks no rule', () => {
  const d = device();
  d.recorder.halOut('camera', 'open');
  d.recorder.halIn('camera', 'opened');
  d.operating();
  d.granted('grant-1');
  d.wait(50);
  d.on('green', 'grant-1');
  d.on('green', 'grant-1'); // told again while on
  d.wait(2_900);
  d.recorder.halIn('green', 'off'); // its guard has ended the hold
  d.wait(1_000);
  d.off('green');
  d.granted('grant-2');
  d.on('strike', 'grant-2');
  d.fault();
  d.wait(90);
  d.off('strike');
  d.wait(50_000);
  d.operating();
  d.recorder.halOut('camera', 'close');
  d.wait(100_000);
  d.stopped();
  expect(d.broken()).toEqual([]);
});

describe('a rule catches', () => {
  test('an actuator that stays on past its bound, also when nothing more happens', () => {
    const d = device();
    d.granted('grant-1');
    d.on('green', 'grant-1');
    d.wait(3_000);
    expect(d.broken()).toEqual([]);
    d.wait(1);
    expect(d.broken()).toEqual(['on-at-most green']);
  });

  test('an actuator that is kept on by telling it again under the same grant', () => {
    const d = device();
    d.granted('grant-1');
    for (let i = 0; i < 4; i++) {
      d.on('green', 'grant-1');
      d.wait(1_000);
    }
    expect(d.broken()).toEqual(['on-at-most green']);
  });

  test('an actuator that is kept on by one fresh grant after the other', () => {
    const d = device();
    for (let i = 0; i < 4; i++) {
      d.granted(`grant-${i}`);
      d.on('green', `grant-${i}`);
      d.wait(1_000);
    }
    expect(d.broken()).toEqual(['on-at-most green']);
  });

  test.each([
    ['no grant', undefined],
    ['a grant that access never issued', 'grant-7'],
  ])('an actuator switched on with %s', (_, grantId) => {
    const d = device();
    d.granted('grant-1');
    d.on('green', grantId);
    expect(d.broken()).toEqual(['on-only-after-grant green']);
  });

  test('an actuator that goes on with a stale grant, and not one that refuses it', () => {
    const d = device();
    d.granted('grant-1');
    d.granted('grant-2');
    d.wait(1_001);
    d.on('green', 'grant-1');
    d.recorder.halIn('green', 'failed', { error: 'invalid-argument' });
    expect(d.broken()).toEqual([]);
    d.on('green', 'grant-2');
    d.recorder.halIn('green', 'on');
    expect(d.broken()).toEqual(['on-only-after-grant green']);
  });

  test('a grant that is used twice', () => {
    const d = device();
    d.granted('grant-1');
    d.on('green', 'grant-1');
    d.off('green');
    d.on('green', 'grant-1');
    expect(d.broken()).toEqual(['on-only-after-grant green']);
  });

  test('two interlocked actuators on together', () => {
    const d = device();
    d.granted('grant-1');
    d.granted('grant-2');
    d.on('green', 'grant-1');
    d.answersOn('green');
    d.on('strike', 'grant-2');
    expect(d.broken()).toEqual([]); // its guard may leave it off
    d.answersOn('strike');
    expect(d.broken()).toEqual(['never-together strike']);
  });

  test('an actuator that signals refusals, on without one or a second time for one', () => {
    const d = device();
    d.on('buzzer', 'signal-1');
    expect(d.broken()).toEqual(['on-only-after-grant buzzer']);
    d.off('buzzer');
    d.refused();
    d.on('buzzer', 'signal-2');
    expect(d.broken()).toHaveLength(1);
    d.off('buzzer');
    d.on('buzzer', 'signal-3');
    expect(d.broken()).toHaveLength(2);
    d.refused();
    d.on('green', 'signal-4');
    expect(d.broken().at(-1)).toBe('on-only-after-grant green');
  });

  test('an actuator still on 100 ms after a fault, and one switched on during it', () => {
    const d = device();
    d.granted('grant-1');
    d.granted('grant-2');
    d.on('green', 'grant-1');
    d.fault();
    d.wait(101);
    expect(d.broken()).toEqual(['safe-after-fault green']);
    d.off('green');
    d.on('strike', 'grant-2');
    expect(d.broken()).toEqual(['safe-after-fault green', 'safe-after-fault strike']);
  });

  test('a fault that does not end; one that ends in safe is fine', () => {
    const ending = device();
    ending.fault();
    ending.wait(59_000);
    ending.safe();
    ending.wait(600_000);
    expect(ending.broken()).toEqual([]);
    const endless = device();
    endless.fault();
    endless.wait(30_000);
    endless.fault();
    endless.wait(30_001);
    expect(endless.broken()).toEqual(['fault-ends device']);
  });

  test('a device that is opened twice, or open at the end; a failed opening needs no close', () => {
    const d = device();
    d.recorder.halOut('microphone', 'open');
    d.recorder.halIn('microphone', 'open-failed', { error: 'busy' });
    d.recorder.halOut('camera', 'open');
    d.recorder.halOut('camera', 'open');
    expect(d.broken()).toEqual(['every-open-has-close camera']);
    d.stopped();
    expect(d.broken()).toEqual(['every-open-has-close camera', 'every-open-has-close camera']);
  });
});

test('a breach is a record of its own, after its cause, with the limit', () => {
  const d = device();
  d.on('green');
  expect(d.recorder.records().slice(-2)).toMatchObject([
    { seq: 1, kind: 'hal.out' },
    {
      seq: 2,
      kind: 'invariant',
      rule: 'on-only-after-grant',
      subject: 'green',
      causeSeq: 1,
      data: { limitMs: 1_000 },
    },
  ]);
});
