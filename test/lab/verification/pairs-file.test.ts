import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parsePairs, readPairsFile } from '../../../src/lab/verification/pairs-file.ts';

describe('a list of pairs as CSV', () => {
  test('is read with or without its heading, blank lines, quotes and foreign line ends', () => {
    const text = '\uFEFFa,b,same\r\nx/1.jpg,x/2.jpg,1\r\n\r\n"y, z/1.jpg","say ""y"".png" , no\r\n';
    expect(parsePairs(text, 'pairs.csv')).toEqual({
      folds: undefined,
      pairs: [
        { a: 'x/1.jpg', b: 'x/2.jpg', same: true, line: 2 },
        { a: 'y, z/1.jpg', b: 'say "y".png', same: false, line: 4 },
      ],
    });
    expect(parsePairs('x/1.jpg,x/2.jpg,1', 'pairs.csv').pairs).toHaveLength(1);
  });

  test('names every wrong line by file and number, the first five and how many more', () => {
    const wrong = (text: string) => () => parsePairs(text, 'pairs.csv');
    expect(wrong('a,b,same\nx,y,1\nx,y')).toThrow('pairs.csv:3: 2 fields where three are needed: a,b,same');
    expect(wrong('x,y,maybe')).toThrow(
      "pairs.csv:1: 'maybe' should be 1 (the same person) or 0 (two people)",
    );
    expect(wrong('x,,1')).toThrow('pairs.csv:1: the name of a picture is empty');
    expect(wrong('x,"y,1')).toThrow('pairs.csv:1: a double quote');
    expect(wrong('x,x,0')).toThrow('pairs.csv:1: one picture cannot show two people');
    expect(wrong('1\n'.repeat(3))).toThrow('pairs.csv:2: 1 fields');
    expect(wrong('x\n'.repeat(9))).toThrow('and 4 more lines of pairs.csv');
  });

  test('without a pair says so', () => {
    expect(() => parsePairs('', 'pairs.csv')).toThrow('pairs.csv: there is no pair in it');
    expect(() => parsePairs('a,b,same\n', 'pairs.csv')).toThrow('there is no pair');
  });

  test('of any names comes back as it was written', () => {
    const name = fc
      .string({ minLength: 1 })
      .filter((text) => /^[^\r\n]*\S[^\r\n]*$/.test(text) && text.trim() === text);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name, fc.boolean()), { minLength: 1 }), (rows) => {
        const different = rows.filter(([a, b, same]) => same || a !== b);
        fc.pre(different.length > 0);
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = different.map(([a, b, same]) => `${quote(a)},${quote(b)},${same ? 1 : 0}`).join('\n');
        const { pairs } = parsePairs(text, 'pairs.csv');
        expect(pairs.map(({ a, b, same }) => [a, b, same])).toEqual(different);
      }),
      { numRuns: 100 },
    );
  });

  test('that is not there or is a folder says so', async () => {
    for (const path of ['/nowhere/pairs.csv', import.meta.dir]) {
      const message = await readPairsFile(path).then(String, (error: Error) => error.message);
      expect(message).toContain(`${path} cannot be read`);
    }
  });
});

describe("LFW's pairs.txt", () => {
  test('is read fold by fold, and names its pictures by person and number', () => {
    const fold = (a: string, b: string) => `${a}\t1\t12\n${a}\t2\t${b}\t3\n`;
    const { pairs, folds } = parsePairs(`2\t1\n${fold('Ann', 'Bo')}${fold('Cy', 'Di')}`, 'pairs.txt');
    expect(folds).toEqual([0, 0, 1, 1]);
    expect(pairs[0]).toEqual({ a: 'Ann/Ann_0001.jpg', b: 'Ann/Ann_0012.jpg', same: true, line: 2 });
    expect(pairs[3]).toEqual({ a: 'Cy/Cy_0002.jpg', b: 'Di/Di_0003.jpg', same: false, line: 5 });
  });

  test('of the development sets has no folds', () => {
    const { pairs, folds } = parsePairs('1\nAnn\t1\t2\nAnn\t1\tBo\t1\n', 'pairsDevTest.txt');
    expect([pairs.length, folds]).toEqual([2, undefined]);
  });

  test('that is cut off or malformed says where', () => {
    expect(() => parsePairs('2\t3\nAnn\t1\t2\n', 'pairs.txt')).toThrow(
      'pairs.txt:1: its first line announces 12 pairs, and 1 follow',
    );
    expect(() => parsePairs('1\nAnn\tx\t2\nAnn\t1\n', 'pairs.txt')).toThrow(
      "pairs.txt:2: 'x' is not the number of a picture\npairs.txt:3: 2 fields",
    );
  });
});
