import { expect, test } from 'bun:test';
import { isKept } from '../../src/cli/open-page.ts';

test('the key of the page is kept out of the system’s journal, and of that alone', () => {
  const journal = { dev: 9, ino: 41_372 };
  expect(isKept('9:41372', journal)).toBe(true);
  // A terminal on a desktop that systemd started has inherited the variable.
  expect(isKept('9:41372', { dev: 26, ino: 5 })).toBe(false);
  expect(isKept(undefined, journal)).toBe(false);
});
