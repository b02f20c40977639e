import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { refusalCodes } from '../../src/decide/policy.ts';
import { languageFor, languages } from '../../src/page/browser/texts/languages.ts';
import { viewNames } from '../../src/page/views.ts';

const browserFolder = join(import.meta.dir, '../../src/page/browser');

describe.each(Object.entries(languages))('in the language %s', (_, { words }) => {
  test('every reason for a refusal is said in words, not by its code', () => {
    for (const code of refusalCodes) expect(words.refusal[code]).not.toBe(code);
  });

  test('everything that the HTML of the views asks for is said', async () => {
    const files = [
      'index.html',
      'kiosk/kiosk.html',
      ...viewNames.map((name) => `views/${name}/${name}.html`),
    ];
    for (const file of files) {
      const html = await Bun.file(join(browserFolder, file)).text();
      for (const [, text, attribute] of html.matchAll(/data-text>([^<]*)<|data-(?:label|hint)="([^"]*)"/g)) {
        const key = text ?? attribute ?? '';
        expect([file, key, Object.hasOwn(words.html, key)]).toEqual([file, key, true]);
      }
    }
  });
});

test.each([
  [['es-MX', 'en'], 'es'],
  [['fr', 'ES'], 'es'],
  [[null, 'en-GB'], 'en'],
  [['fr', 'constructor'], 'en'],
  [[], 'en'],
] as const)('a browser that wants %p is spoken to in %s', (wanted, language) => {
  expect(languageFor(wanted)).toBe(language);
});
