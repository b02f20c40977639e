import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { PeopleStoreError } from '../../src/people/errors.ts';
import { nameKey, nameOfPicture, nameOfRecording, normaliseName } from '../../src/people/names.ts';

test('a picture is named up to the first dot, or by its folder', () => {
  const expected: Record<string, string> = {
    'Ana.jpg': 'Ana',
    'Ana.2.jpg': 'Ana',
    'Ana López.garden party.jpeg': 'Ana López',
    Ana: 'Ana',
    'Ana/2024.jpg': 'Ana',
    'J. Smith/a.jpg': 'J. Smith',
    'Ana/holiday/beach.jpg': 'Ana',
    ' Ana .jpg': 'Ana',
    '👩‍🚒 Eva.jpg': '👩‍🚒 Eva',
    'Seán "Red" O\'Neill.jpg': 'Seán "Red" O\'Neill',
    '李小龙.png': '李小龙',
    'عائشة.png': 'عائشة',
  };
  for (const [path, name] of Object.entries(expected))
    expect(nameOfPicture(path)).toBe(name.normalize('NFC'));
});

test('a recording is named without the number or the one character at its end, or by its folder', () => {
  const expected: Record<string, string> = {
    'Ana1.wav': 'Ana',
    'Ana12.wav': 'Ana',
    'Ana 3.flac': 'Ana',
    'Ana_10.wav': 'Ana',
    'Anax.wav': 'Ana',
    'Ana.2.wav': 'Ana',
    'J. Smith2.ogg': 'J. Smith',
    '李小龙1.wav': '李小龙',
    'Ana/monday.wav': 'Ana',
    'Ana2/monday 1.wav': 'Ana2',
  };
  for (const [path, name] of Object.entries(expected)) expect(nameOfRecording(path)).toBe(name);
  for (const path of ['1.wav', 'x.wav', '12']) expect(() => nameOfRecording(path)).toThrow('visible');
});

test('names that would lie on a screen or in a file are refused', () => {
  const bad = [
    '',
    '   ',
    'Ana/../../Eva',
    '\u200b\u200d',
    'A\u0000na',
    'A\nna',
    '\u001b[31mAna',
    'A\u202ena',
    'Ana\ud800',
    'A\ufffdna',
    'x'.repeat(81),
  ];
  for (const name of bad) expect(() => normaliseName(name)).toThrow(PeopleStoreError);
  expect(normaliseName('👩‍🚒'.repeat(20))).toHaveLength(100);
});

function accepted(text: string): string | undefined {
  try {
    return normaliseName(text);
  } catch (error) {
    if (error instanceof PeopleStoreError && error.kind === 'name-invalid') return undefined;
    throw error;
  }
}

test('any text is a stable name or refused, and never something else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = accepted(text);
      if (name === undefined) return;
      expect(normaliseName(name)).toBe(name);
      expect(name).toBe(name.normalize('NFC').trim());
      expect(name.length).toBeGreaterThan(0);
    }),
  );
});

test('spellings of one name have one key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const name = accepted(text);
      if (name === undefined) return;
      for (const spelling of [name.normalize('NFD'), name.toUpperCase(), name.toUpperCase().toLowerCase()]) {
        const other = accepted(spelling);
        if (other !== undefined) expect(nameKey(other)).toBe(nameKey(name));
      }
    }),
  );
});

test('the name of a picture does not depend on what follows the first dot', () => {
  const stem = fc.stringMatching(/^[A-Za-zÀ-ÿ' -]{1,30}$/).filter((text) => text.trim() !== '');
  fc.assert(
    fc.property(stem, fc.stringMatching(/^[a-z0-9. ]{0,12}$/), (name, rest) => {
      expect(nameOfPicture(`${name}.${rest}`)).toBe(normaliseName(name));
      expect(nameOfPicture(`${name}/${rest}x.jpg`)).toBe(normaliseName(name));
    }),
  );
});
