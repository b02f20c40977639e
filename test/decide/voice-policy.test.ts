import { expect, test } from 'bun:test';
import type { VoiceEvidence } from '../../src/decide/evidence.ts';
import { decideVoiceAccess, lampPolicy } from '../../src/decide/policy.ts';

const ana: VoiceEvidence = {
  decision: 'known',
  subjectId: 'p_ana',
  score: 0.92,
  secondSubjectId: 'p_bea',
  secondScore: 0.6,
  voicedMs: 4_000,
  levelDbfs: -26,
  reason: 'p_ana is nearest',
  heardFromMs: 5_000,
  heardUntilMs: 10_000,
  namedAtMs: 10_060,
};

test('a voice that was just named is granted', () => {
  expect(decideVoiceAccess(ana, lampPolicy, 10_060)).toEqual({
    granted: true,
    subjectId: 'p_ana',
    reason: 'p_ana is nearest',
  });
});

test('whoever is not named is refused, with the reason that was given', () => {
  for (const decision of ['unknown', 'unsure', 'too-short', 'no-speech', 'too-loud'] as const) {
    const nobody = { ...ana, decision, subjectId: null, reason: 'why not' };
    expect(decideVoiceAccess(nobody, lampPolicy, 10_060)).toEqual({
      granted: false,
      code: 'nobody-named',
      reason: 'why not',
    });
  }
});

test('a name that was given a while ago is stale', () => {
  const answer = decideVoiceAccess(ana, lampPolicy, 10_060 + lampPolicy.evidenceMaxAgeMs + 1);
  expect(answer).toMatchObject({ granted: false, code: 'stale-evidence' });
});

test('models that took too long to name it come too late', () => {
  const slow = { ...ana, namedAtMs: 13_500 };
  expect(decideVoiceAccess(slow, lampPolicy, 13_500)).toMatchObject({
    granted: false,
    code: 'slow-evidence',
  });
});
