import { expect, test } from 'bun:test';
import { type RefusalCode, refusalCodes } from '../../src/decide/policy.ts';
import { tellAnswer } from '../../src/decide/tell-answer.ts';
import { answerIn } from '../../src/trace/answer.ts';
import { traceData } from '../../src/trace/data.ts';
import { decided, face, nowMs, voice, witness } from './attempts.ts';

const names = (subjectId: string) => (subjectId === 'p_ana' ? 'Ana' : subjectId);

/** The sentence as it is told of the record in a trace. */
function told(by: 'face' | 'voice', decision: ReturnType<typeof decided>, code?: RefusalCode): string {
  const event = decision.granted ? 'ACCESS.GRANTED' : 'ACCESS.REFUSED';
  const data = traceData({
    by,
    code: code ?? (decision.granted ? undefined : decision.code),
    account: decision.account,
  });
  const answer = answerIn(event, data);
  if (answer === null) throw new Error('the record was not understood');
  return tellAnswer(answer, names);
}

test('a grant has the weight of each sense, what it rests on, and what was needed', () => {
  expect(told('face', decided(face()))).toBe('granted Ana: face +4.1 (distance 0.061, margin 0.300)');
  expect(told('face', decided(face(), { neededBans: 4.5 }, [witness('voice', 3_200)]))).toBe(
    'granted Ana: face +4.1 (distance 0.061, margin 0.300), voice +1.3 (score 0.061, 3.2 s before), needed 4.5; face alone would not have been enough',
  );
  expect(told('face', decided(face(), { require: 'both' }, [witness('voice', 3_200)]))).toEndWith(
    '3.2 s before); both are demanded',
  );
  const night = decided(face({ atNight: true }), { requireAtNight: 'both' }, [witness('voice', 3_200)], true);
  expect(told('face', night)).toEndWith('both are demanded at night and while something is impaired');
});

test('with two senses it says which would have done alone', () => {
  const two = (neededBans: number) => told('face', decided(face(), { neededBans }, [witness('voice', 10)]));
  expect(two(1.2)).toEndWith('each alone would have been enough');
  expect(two(2)).toEndWith('face alone would have been enough');
});

test('a refusal says whom, by what, and why, with the numbers', () => {
  expect(
    told('face', decided(face({ decision: 'unknown', subjectId: null, distance: 0.213, llrBans: -1.7 }))),
  ).toBe('refused, by face: nobody known (nearest at distance 0.213, -1.7)');
  expect(told('face', decided(face({ embeddedAtMs: nowMs - 412 })))).toBe(
    'refused Ana, by face: the face was recognised 412 ms before, at most 300 ms is allowed',
  );
  expect(told('voice', decided(voice({ heardUntilMs: nowMs - 4_000 })))).toBe(
    'refused Ana, by voice: the speech ended 4000 ms before, at most 3000 ms is allowed',
  );
  expect(told('voice', decided(voice(), { require: 'both' }))).toBe(
    'refused Ana, by voice: voice +1.3 (score 0.883, margin 0.283); but the face is needed, too',
  );
  expect(told('voice', decided(voice(), { require: 'face' }))).toEndWith('but only a face opens');
  expect(told('face', decided(face({ llrBans: -0.02 }), { neededBans: 4.5 }))).toBe(
    'refused Ana, by face: face +0.0 (distance 0.061, margin 0.300), needed 4.5: too little',
  );
});

test('every reason to refuse is told in words, and not by its code', () => {
  for (const code of refusalCodes) {
    const sentence = told('face', decided(face(), { requireAtNight: 'nobody', neededBans: 9 }), code);
    expect(sentence).toStartWith('refused Ana, by face: ');
    if (code.includes('-')) expect(sentence).not.toContain(code);
    expect(sentence).not.toContain('undefined');
  }
});

test('a record that lacks its account is not told wrongly', () => {
  expect(answerIn('ACCESS.GRANTED', traceData({ by: 'face' }))).toBeNull();
  expect(answerIn('ACCESS.REFUSED', traceData({ by: 'face', code: 'whim' }))).toBeNull();
});
