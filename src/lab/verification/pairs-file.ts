import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError } from '../../runtime/input-error.ts';

/** A line of a pairs file: are these two pictures of one person? */
export interface Pair {
  /** Paths in the folder of pictures. */
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** From 1. */
  readonly line: number;
}

export interface PairsFile {
  readonly pairs: readonly Pair[];
  /** One a pair, counted from 0, where the file says which pairs belong to which of its folds. */
  readonly folds: readonly number[] | undefined;
}

/** So many malformed lines are named; the rest are counted. */
const namedLines = 5;
const maxBytes = 64 * 1024 * 1024;

/**
 * Reads a list of pairs: LFW's pairs.txt, or CSV with the columns a, b, same. Rejects with InputError that names each
 * wrong line, and for a file that cannot be read.
 */
export async function readPairsFile(path: string): Promise<PairsFile> {
  let text: string;
  try {
    if (Bun.file(path).size > maxBytes)
      throw new InputError(`${path}: is larger than 64 MiB: no list of pairs`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  return parsePairs(text, basename(path));
}

/** A line that is not what it should be, and why. */
class LineError extends Error {}

/**
 * The pairs of a text; `name` is the file's, for messages. It is LFW's format when its first line is one or two
 * numbers. Throws InputError that names the malformed lines, or says that there is no pair.
 */
export function parsePairs(text: string, name: string): PairsFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const first = lines[0]?.trim() ?? '';
  return /^\d+(\s+\d+)?$/.test(first) ? parseLfw(lines, first, name) : parseCsv(lines, name);
}

/**
 * LFW's: the number of folds and half the pairs of one (or that half alone), then for each fold as many lines of one
 * person (name, number, number) as of two (name, number, name, number). The picture of Ann_Lee 3 is
 * Ann_Lee/Ann_Lee_0003.jpg (vis-www.cs.umass.edu/lfw, "pairs.txt format").
 */
function parseLfw(lines: readonly string[], first: string, name: string): PairsFile {
  const numbers = first.split(/\s+/).map(Number);
  const [folds, each] = numbers.length === 2 ? [numbers[0]!, numbers[1]!] : [1, numbers[0]!];
  const pairs = readLines(lines, 1, name, (line) => lfwPair(line.trim().split(/\s+/)));
  const expected = folds * each * 2;
  if (pairs.length !== expected) {
    throw new InputError(
      `${name}:1: its first line announces ${expected} pairs, and ${pairs.length} follow: is the file whole?`,
    );
  }
  if (folds === 1) return { pairs, folds: undefined };
  return { pairs, folds: pairs.map((_, i) => Math.floor(i / (2 * each))) };
}

function lfwPair(fields: readonly string[]): Omit<Pair, 'line'> {
  const [person, i, third, fourth] = fields;
  if (fields.length === 3) return { a: lfwPicture(person, i), b: lfwPicture(person, third), same: true };
  if (fields.length === 4) return { a: lfwPicture(person, i), b: lfwPicture(third, fourth), same: false };
  throw new LineError(`${fields.length} fields; NAME N N for one person, NAME N NAME N for two`);
}

function lfwPicture(person = '', number = ''): string {
  if (!/^\d+$/.test(number)) throw new LineError(`'${number}' is not the number of a picture`);
  return `${person}/${person}_${number.padStart(4, '0')}.jpg`;
}

const sameWords: Readonly<Record<string, boolean>> = {
  ...{ '1': true, true: true, yes: true, same: true },
  ...{ '0': false, false: false, no: false, different: false },
};

function parseCsv(lines: readonly string[], name: string): PairsFile {
  const heading = (lines[0] ?? '').toLowerCase().replaceAll(/[\s"]/g, '');
  const pairs = readLines(lines, heading === 'a,b,same' ? 1 : 0, name, csvPair);
  return { pairs, folds: undefined };
}

function csvPair(line: string): Omit<Pair, 'line'> {
  const fields = csvFields(line);
  const [a, b, word] = fields;
  if (fields.length !== 3 || a === undefined || b === undefined || word === undefined) {
    throw new LineError(`${fields.length} fields where three are needed: a,b,same`);
  }
  if (a === '' || b === '') throw new LineError('the name of a picture is empty');
  const same = sameWords[word.toLowerCase()];
  if (same === undefined) throw new LineError(`'${word}' should be 1 (the same person) or 0 (two people)`);
  return { a, b, same };
}

/** RFC 4180, one line: a field with commas stands in double quotes, and a quote in it twice. */
function csvFields(line: string): string[] {
  const fields: string[] = [];
  let rest = line;
  while (true) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest);
    const plain = quoted ?? /^\s*([^",]*?)\s*(,|$)/.exec(rest);
    if (plain === null) throw new LineError('a double quote that is not closed, or stands within a field');
    fields.push(quoted === null ? plain[1]! : plain[1]!.replaceAll('""', '"'));
    if (plain[2] === '') return fields;
    rest = rest.slice(plain[0].length);
  }
}

function readLines(
  lines: readonly string[],
  from: number,
  name: string,
  read: (line: string) => Omit<Pair, 'line'>,
): Pair[] {
  const pairs: Pair[] = [];
  const wrong: string[] = [];
  for (let i = from; i < lines.length; i++) {
    if (lines[i]!.trim() === '') continue;
    try {
      const pair = read(lines[i]!);
      if (pair.a === pair.b && !pair.same) throw new LineError('one picture cannot show two people alone');
      pairs.push({ ...pair, line: i + 1 });
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      wrong.push(`${name}:${i + 1}: ${error.message}`);
    }
  }
  if (wrong.length > namedLines) {
    wrong.splice(namedLines, Infinity, `and ${wrong.length - namedLines} more lines of ${name}`);
  }
  if (wrong.length > 0) throw new InputError(wrong.join('\n'));
  if (pairs.length === 0) {
    throw new InputError(
      `${name}: there is no pair in it; a line is picture,picture,1 (the same person) or 0`,
    );
  }
  return pairs;
}
