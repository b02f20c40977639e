import { expect, test } from 'bun:test';
import { refusalCodes } from '../../src/decide/policy.ts';
import { happenedWords } from '../../src/page/browser/texts.ts';

test.each(refusalCodes.map((code) => [code]))(
  'a refusal for %s is said in words, not by its code',
  (code) => {
    const said = happenedWords.refused(code);
    expect(said).toStartWith('Refused: ');
    expect(said).not.toBe(`Refused: ${code}`);
  },
);
