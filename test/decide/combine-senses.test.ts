import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Sense } from '../../src/decide/evidence.ts';
import { type AccessDecision, combineSenses, otherSense, type Witness } from '../../src/decide/policy.ts';

const nowMs = 50_000;
const ana: AccessDecision = { granted: true, subjectId: 'p_ana', reason: 'p_ana is nearest' };
const witness = (by: Sense, subjectId: string, ageMs: number): Witness => ({
  by,
  subjectId,
  atMs: nowMs - ageMs,
});
const demand = (require: Sense | 'either' | 'both') => ({ require, bothWithinMs: 10_000 });

describe.each([
  ['face', 'voice-needed'],
  ['voice', 'face-needed'],
] as const)('a %s that was named', (by, code) => {
  const other = otherSense(by);

  test('is enough where either sense is, or where this one is demanded', () => {
    expect(combineSenses(ana, by, demand('either'), [], nowMs)).toBe(ana);
    expect(combineSenses(ana, by, demand(by), [], nowMs)).toBe(ana);
  });

  test('opens nothing where only the other sense does, whatever came before', () => {
    const answer = combineSenses(ana, by, demand(other), [witness(other, 'p_ana', 100)], nowMs);
    expect(answer).toEqual({ granted: false, code, reason: `p_ana is nearest; but only a ${other} opens` });
  });

  test('is not enough alone where both are demanded, and the answer names what is missing', () => {
    expect(combineSenses(ana, by, demand('both'), [], nowMs)).toMatchObject({ granted: false, code });
    expect(combineSenses(ana, by, demand('both'), [witness(by, 'p_ana', 100)], nowMs)).toMatchObject({
      code,
    });
  });

  test('is not helped by the other sense of somebody else', () => {
    const answer = combineSenses(ana, by, demand('both'), [witness(other, 'p_bea', 100)], nowMs);
    expect(answer).toMatchObject({ granted: false, code });
  });

  test('opens with the other sense of the same person until the window is over, and says how old that is', () => {
    expect(combineSenses(ana, by, demand('both'), [witness(other, 'p_ana', 10_000)], nowMs)).toEqual({
      granted: true,
      subjectId: 'p_ana',
      reason: `p_ana is nearest; the ${other} was named 10000 ms ago`,
    });
    const late = combineSenses(ana, by, demand('both'), [witness(other, 'p_ana', 10_001)], nowMs);
    expect(late).toEqual({
      granted: false,
      code,
      reason: `p_ana is nearest; but the ${other} was named 10001 ms ago, at most 10000 ms is allowed`,
    });
  });

  test('counts from the newest time that the other sense named them', () => {
    const witnesses = [witness(other, 'p_ana', 20_000), witness(other, 'p_ana', 2_000)];
    expect(combineSenses(ana, by, demand('both'), witnesses, nowMs).granted).toBe(true);
  });
});

test('whoever has earned nothing by one sense earns nothing by both', () => {
  const refusal: AccessDecision = { granted: false, code: 'nobody-named', reason: 'nobody is near' };
  for (const require of ['either', 'face', 'voice', 'both'] as const) {
    const answer = combineSenses(refusal, 'face', demand(require), [witness('voice', 'p_ana', 10)], nowMs);
    expect(answer).toBe(refusal);
  }
});

test('with both demanded a grant always rests on both senses of one person within the window', () => {
  const sense = fc.constantFrom<Sense>('face', 'voice');
  const person = fc.constantFrom('p_ana', 'p_bea', 'p_cleo');
  const before = fc.array(
    fc.record({ by: sense, subjectId: person, atMs: fc.integer({ min: 0, max: nowMs }) }),
  );
  fc.assert(
    fc.property(sense, person, before, fc.integer({ min: 0, max: nowMs }), (by, who, seen, windowMs) => {
      const witnesses = seen.toSorted((a, b) => a.atMs - b.atMs);
      const own: AccessDecision = { granted: true, subjectId: who, reason: '' };
      const policy = { require: 'both', bothWithinMs: windowMs } as const;
      const seconded = seen.some(
        (each) => each.by !== by && each.subjectId === who && nowMs - each.atMs <= windowMs,
      );
      expect(combineSenses(own, by, policy, witnesses, nowMs).granted).toBe(seconded);
    }),
  );
});
