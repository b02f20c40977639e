import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createActor, SimulatedClock } from 'xstate';
import { challengeMachine } from '../../machines/challenge.ts';
import type { FaceEvidence } from '../../src/decide/evidence.ts';

const ana: FaceEvidence = {
  trackId: 1,
  decision: 'known',
  subjectId: 'p_ana',
  distance: 0.06,
  secondSubjectId: null,
  secondDistance: null,
  frames: 3,
  frameAtMs: 0,
  embeddedAtMs: 0,
  eyeDistancePx: 60,
  reason: '',
};

type Look = number | { readonly yawRatio: number; readonly subjectId: string | null };

/** How it ends when the face is seen so, ten times a second; null while it goes on. */
function endOf(first: 'left' | 'right', looks: readonly Look[], thenMs = 0): 'passed' | 'failed' | null {
  const clock = new SimulatedClock();
  const actor = createActor(challengeMachine, { clock, input: { first, subjectId: 'p_ana' } }).start();
  for (const look of looks) {
    const seen = typeof look === 'number' ? { yawRatio: look } : look;
    actor.send({ type: 'POSE.SEEN', evidence: { ...ana, ...seen } });
    clock.increment(100);
  }
  clock.increment(thenMs);
  const { output } = actor.getSnapshot();
  return output === undefined ? null : output.passed ? 'passed' : 'failed';
}

const turn = (ratio: number) => [0, ratio / 2, ratio, ratio, ratio / 2, 0];

describe('a head that is asked to turn left and then right', () => {
  test('passes when it does, and looks straight again', () => {
    expect(endOf('left', [...turn(0.3), ...turn(-0.3)])).toBe('passed');
    expect(endOf('right', [...turn(-0.3), ...turn(0.3)])).toBe('passed');
  });

  test('passes when it hesitates, turns only half at first, or is turned away too far to be named', () => {
    const away = { yawRatio: 0.5, subjectId: null };
    expect(endOf('left', [0, 0, 0.15, 0.1, 0.25, away, away, 0.3, 0.1, -0.1, -0.3, -0.15, 0])).toBe('passed');
  });

  test('fails when it turns to the wrong side first, as a film does that does not know', () => {
    expect(endOf('left', [...turn(-0.3), ...turn(0.3)])).toBe('failed');
  });

  test('goes on while it does not turn, and fails when its time is over', () => {
    expect(
      endOf(
        'left',
        Array.from({ length: 50 }, () => 0.02),
      ),
    ).toBeNull();
    expect(endOf('left', [0, 0.02, -0.05], 12_000)).toBe('failed');
    expect(endOf('left', turn(0.3), 12_000)).toBe('failed');
  });

  test('fails when another picture is put before the camera, or somebody else comes', () => {
    expect(endOf('left', [0, 0.3, -0.3])).toBe('failed');
    expect(endOf('left', [0, 0.2, { yawRatio: 0.25, subjectId: 'p_bea' }])).toBe('failed');
  });

  test('is not passed by a look straight that names nobody', () => {
    const nobody = { yawRatio: 0, subjectId: null };
    expect(endOf('left', [...turn(0.3), -0.15, -0.3, nobody, nobody], 0)).toBeNull();
  });
});

test('no face that turns to one side alone ever passes, whatever else it does', () => {
  const ratio = fc.double({ min: -0.2, max: 0.6, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom('left', 'right'), fc.array(ratio, { maxLength: 60 }), (first, looks) => {
      expect(endOf(first, looks, 12_000)).toBe('failed');
    }),
  );
});
