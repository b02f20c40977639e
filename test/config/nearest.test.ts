import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { editDistance, nearest } from '../../src/config/nearest.ts';

test('a slip of the finger is understood, another word is not', () => {
  const names = ['doctor', 'demo', 'people', 'models'];
  expect(nearest('docotr', names)).toBe('doctor');
  expect(nearest('DEMO', names)).toBe('demo');
  expect(nearest('modles', names)).toBe('models');
  expect(nearest('banana', names)).toBeUndefined();
});

test('the distance is zero for equal words, symmetric, and at most the longer length', () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, a)).toBe(0);
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
    }),
  );
});
