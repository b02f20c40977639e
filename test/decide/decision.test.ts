import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  lampPolicy,
  otherSense,
  type Requirement,
  requirements,
  requirementUnder,
} from '../../src/decide/policy.ts';
import { answered, asking, decided, face, nowMs, voice, witness } from './attempts.ts';

describe('evidence alone', () => {
  test('that was just gathered is granted', () => {
    expect(decided(face())).toMatchObject({ granted: true, subjectId: 'p_ana' });
    expect(decided(voice())).toMatchObject({ granted: true, subjectId: 'p_ana' });
  });

  test('that names nobody is refused, whatever its numbers', () => {
    for (const decision of ['unknown', 'unsure', 'too-small', 'covered', 'no-face'] as const) {
      expect(answered(face({ decision, subjectId: null }))).toBe('nobody-named');
      expect(answered(face({ decision }))).toBe('nobody-named');
    }
    for (const decision of ['unknown', 'unsure', 'too-short', 'no-speech', 'too-loud'] as const) {
      expect(answered(voice({ decision, subjectId: null }))).toBe('nobody-named');
    }
    expect(answered(face({ subjectId: null }))).toBe('nobody-named');
  });

  test('is stale from one millisecond past its age on, and the answer has both numbers', () => {
    const { evidenceMaxAgeMs } = lampPolicy;
    expect(answered(face({ embeddedAtMs: nowMs - evidenceMaxAgeMs }))).toBe('granted');
    expect(decided(face({ embeddedAtMs: nowMs - evidenceMaxAgeMs - 1 }))).toMatchObject({
      code: 'stale-evidence',
      account: { tooOld: { ageMs: evidenceMaxAgeMs + 1, limitMs: evidenceMaxAgeMs } },
    });
    expect(answered(voice({ namedAtMs: nowMs - evidenceMaxAgeMs - 1 }))).toBe('stale-evidence');
    expect(answered(face({ embeddedAtMs: null }))).toBe('stale-evidence');
  });

  test('of models that took too long comes too late', () => {
    expect(answered(face({ frameAtMs: nowMs - 1_501 }))).toBe('slow-evidence');
    expect(answered(voice({ heardUntilMs: nowMs - 3_001 }))).toBe('slow-evidence');
  });

  test('that lies in the future, or has no time at all, is no evidence', () => {
    expect(answered(face({ embeddedAtMs: nowMs + 1 }))).toBe('stale-evidence');
    expect(answered(face({ embeddedAtMs: Number.NaN }))).toBe('stale-evidence');
    expect(answered(voice({ heardUntilMs: nowMs + 1 }))).toBe('slow-evidence');
  });

  test('that says less than is needed is refused, and one that was never weighed says nothing', () => {
    expect(answered(face({ llrBans: 4.5 }), { neededBans: 4.5 })).toBe('granted');
    expect(answered(face({ llrBans: 4.49 }), { neededBans: 4.5 })).toBe('too-little-evidence');
    const { llrBans: _, ...unweighed } = face().evidence;
    expect(answered(face(), { neededBans: 0.1 })).toBe('granted');
    expect(
      decided({ ...face(), evidence: unweighed } as ReturnType<typeof face>, { neededBans: 0.1 }),
    ).toMatchObject({ code: 'too-little-evidence' });
  });
});

describe.each([
  ['face', 'voice-needed'],
  ['voice', 'face-needed'],
] as const)('a %s that was named', (by, code) => {
  const other = otherSense(by);
  const ask = asking[by];

  test('is enough where either sense is, or where this one is demanded', () => {
    expect(answered(ask(), { require: 'either' })).toBe('granted');
    expect(answered(ask(), { require: by })).toBe('granted');
  });

  test('opens nothing where only the other sense does, whatever came before, and is not kept', () => {
    const answer = decided(ask(), { require: other }, [witness(other, 100)]);
    expect(answer).toMatchObject({ granted: false, code, witness: null });
  });

  test('is not enough alone where both are demanded, and is kept for the other', () => {
    expect(decided(ask(), { require: 'both' })).toMatchObject({
      code,
      witness: { by, subjectId: 'p_ana', atMs: nowMs },
    });
    expect(answered(ask(), { require: 'both' }, [witness(by, 100)])).toBe(code);
  });

  test('is not helped by the other sense of somebody else', () => {
    expect(answered(ask(), { require: 'both' }, [witness(other, 100, 'p_bea')])).toBe(code);
    expect(answered(ask(), { neededBans: 5 }, [witness(other, 100, 'p_bea')])).toBe('too-little-evidence');
  });

  test('opens with the other sense of the same person until the window is over', () => {
    const both = { require: 'both' } as const;
    expect(decided(ask(), both, [witness(other, 10_000)])).toMatchObject({
      granted: true,
      account: { [other]: { ageMs: 10_000 } },
    });
    expect(answered(ask(), both, [witness(other, 10_001)])).toBe(code);
    expect(answered(ask(), both, [witness(other, -1)])).toBe(code);
    expect(answered(ask(), both, [witness(other, 20_000), witness(other, 2_000)])).toBe('granted');
  });

  test('adds up with the other where one says too little, and the two must say enough', () => {
    expect(decided(ask(), { neededBans: 5.3 })).toMatchObject({
      code: 'too-little-evidence',
      witness: { by },
    });
    expect(answered(ask(), { neededBans: 5.3 }, [witness(other, 100)])).toBe('granted');
    expect(answered(ask(), { neededBans: 5.5 }, [witness(other, 100)])).toBe('too-little-evidence');
    expect(answered(ask(), { neededBans: 5.5, require: 'both' }, [witness(other, 100)])).toBe(
      'too-little-evidence',
    );
  });
});

test('a stranger in view keeps shut what would open, where that is configured, and what was said is kept', () => {
  expect(decided(face(), { tailgating: 'block' }, [], false, 1)).toMatchObject({
    code: 'stranger-in-view',
    witness: { by: 'face' },
    account: { strangers: 1 },
  });
  expect(answered(face(), { tailgating: 'block' }, [], false, 0)).toBe('granted');
  expect(answered(face(), { tailgating: 'ignore' }, [], false, 1)).toBe('granted');
  expect(answered(face(), { tailgating: 'block', require: 'both' }, [], false, 1)).toBe('voice-needed');
});

describe('where a face is asked to turn', () => {
  const turn = { challenge: 'turn' } as const;

  test('it is let in when it has, and not before, and a failure is told', () => {
    expect(decided(face(), turn)).toMatchObject({ code: 'challenge-needed', witness: { by: 'face' } });
    expect(answered(face({ challenge: 'failed' }), turn)).toBe('challenge-failed');
    expect(decided(face({ challenge: 'passed' }), turn)).toMatchObject({
      granted: true,
      account: { challenged: true },
    });
  });

  test('the voice of the same person will do as well, and neither is asked for without a face', () => {
    expect(answered(face(), turn, [witness('voice', 100)])).toBe('granted');
    expect(answered(face(), turn, [witness('voice', 100, 'p_bea')])).toBe('challenge-needed');
    expect(answered(voice(), turn)).toBe('granted');
  });

  test('that stands for the voice where both are demanded, and adds no weight', () => {
    const both = { ...turn, require: 'both' } as const;
    expect(answered(face(), both)).toBe('challenge-needed');
    expect(answered(face({ challenge: 'passed' }), both)).toBe('granted');
    expect(answered(voice(), both)).toBe('face-needed');
    expect(answered(face({ challenge: 'passed' }), { ...both, neededBans: 4.5 })).toBe('too-little-evidence');
  });
});

test('what is not armed opens nothing, and a stranger is told to be one all the same', () => {
  expect(answered(face(), { unarmed: 'stale' })).toBe('not-armed');
  expect(answered(face({ decision: 'unknown' }), { unarmed: 'stale' })).toBe('nobody-named');
});

describe('what is demanded', () => {
  test('at night is what is demanded then, by day it is not', () => {
    const policy = { requireAtNight: 'both' } as const;
    expect(answered(face({ atNight: true }), policy)).toBe('voice-needed');
    expect(answered(face({ atNight: false }), policy)).toBe('granted');
    expect(answered(face(), policy)).toBe('granted');
    expect(answered(face({ atNight: true }), { requireAtNight: 'nobody' })).toBe('closed-at-night');
  });

  test('while something is impaired is what is demanded then', () => {
    expect(answered(face(), { requireDegraded: 'both' }, [], true)).toBe('voice-needed');
    expect(answered(face(), { requireDegraded: 'nobody' }, [], true)).toBe('closed-while-degraded');
    expect(answered(face(), { requireDegraded: 'nobody' }, [], false)).toBe('granted');
  });

  const requirement = fc.constantFrom<Requirement>(...requirements);

  test('is never loosened by night or impairment: a grant then rests on all that is demanded without them', () => {
    const record = { require: requirement, requireAtNight: requirement, requireDegraded: requirement };
    const seen = fc.constantFrom([], [witness('voice', 100)]);
    fc.assert(
      fc.property(fc.record(record), fc.boolean(), fc.boolean(), seen, (policy, night, degraded, before) => {
        const then = decided(face({ atNight: night }), policy, before, degraded);
        if (!then.granted) return;
        const { require } = policy;
        expect(require).not.toBe('nobody');
        if (require === 'voice' || require === 'both') expect(then.account.voice).not.toBeNull();
        if (require === 'face' || require === 'both') expect(then.account.face).not.toBeNull();
      }),
    );
  });

  test('of several demands is what fulfils them all', () => {
    const under = (require: Requirement, requireAtNight: Requirement) =>
      requirementUnder({ ...lampPolicy, require, requireAtNight }, { atNight: true, degraded: false });
    expect(under('face', 'voice')).toBe('both');
    expect(under('both', 'either')).toBe('both');
    expect(under('either', 'face')).toBe('face');
    expect(under('nobody', 'face')).toBe('nobody');
  });
});
