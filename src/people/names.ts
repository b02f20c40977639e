import { PeopleStoreError } from './errors.ts';

/** Longest name of a person, in code points. */
const maxNameLength = 80;

/**
 * The slash (a name can be that of a folder), control characters, line separators, and the invisible marks that turn
 * the direction of what follows.
 */
const forbidden = /[/\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/**
 * The name as it is stored and shown: NFC, trimmed, inner white space as single blanks. Letters of every script,
 * quotes and emoji are names; throws PeopleStoreError `name-invalid` for an empty, invisible or too long name,
 * slashes, control characters, invisible marks of direction, and text that is not well-formed.
 */
export function normaliseName(text: string): string {
  if (!text.isWellFormed() || text.includes('\ufffd')) {
    throw new PeopleStoreError('name-invalid', 'A name must be valid Unicode text.');
  }
  if (forbidden.test(text)) {
    throw new PeopleStoreError(
      'name-invalid',
      'A name must not hold slashes, control characters or invisible marks of direction.',
    );
  }
  const name = text.normalize('NFC').trim().replace(/\s+/gu, ' ');
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(name)) {
    throw new PeopleStoreError('name-invalid', 'A name must have at least one visible character.');
  }
  if ([...name].length > maxNameLength) {
    throw new PeopleStoreError('name-invalid', `A name has at most ${maxNameLength} characters.`);
  }
  return name;
}

/** What two spellings of one person's name have in common: equal keys are the same person. */
export function nameKey(name: string): string {
  // Upper then lower case folds what either alone leaves apart (ß and SS, ς and σ).
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFC');
}

/**
 * The name of the person on a picture of a dataset folder, from its path relative to the folder (with `/`): the
 * sub-folder it stands in (`Ana/garden.jpg`), else the file name up to the first dot (`Ana.2.jpg`).
 * Throws as `normaliseName` does.
 */
export function nameOfPicture(relativePath: string): string {
  const slash = relativePath.indexOf('/');
  if (slash > 0) return normaliseName(relativePath.slice(0, slash));
  const dot = relativePath.indexOf('.');
  return normaliseName(dot === -1 ? relativePath : relativePath.slice(0, dot));
}

/**
 * The name of the person in a recording, from its path relative to the folder of recordings (with `/`): the sub-folder
 * it stands in (`Ana/monday.wav`), else the file name without the number at its end (`Ana1.wav`, `Ana 12.wav`), or
 * without its last character where that is no digit (`Anax.wav`), as the Python program did.
 * Throws as `normaliseName` does.
 */
export function nameOfRecording(relativePath: string): string {
  const slash = relativePath.indexOf('/');
  if (slash > 0) return normaliseName(relativePath.slice(0, slash));
  const stem = relativePath.replace(/\.[^.]*$/, '');
  const numbered = stem.replace(/[ ._-]*[0-9]+$/, '');
  return normaliseName(numbered === stem ? [...stem].slice(0, -1).join('') : numbered);
}
