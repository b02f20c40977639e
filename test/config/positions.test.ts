import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { keyPositions } from '../../src/config/positions.ts';

test('headers, dotted and quoted keys, inline tables and keys after long values are found', () => {
  const text = [
    '# a comment with [brackets] and a = sign', // 1
    'top = """', //                                2
    'not = a key', //                              3
    '"""', //                                      4
    '[ a . "b.c" ]   # comment', //                5
    "  'quo ted' = [", //                          6
    '    1, # one', //                             7
    '    "]",', //                                 8
    '  ]', //                                      9
    'd.e = { f = 1, g = { h = "}" } }', //         10
    '[[list]]', //                                 11
    'x = 1979-05-27T07:32:00Z', //                 12
    '[[list]]', //                                 13
    'x = 2', //                                    14
  ].join('\n');
  parse(text);
  const found = Object.fromEntries(
    [...keyPositions(text)].map(([key, { key: at, value }]) => [
      key,
      `${at.line}:${at.column} ${value.line}:${value.column}`,
    ]),
  );
  expect(found).toEqual({
    top: '2:1 2:7',
    a: '5:1 5:1',
    'a.b.c': '5:1 5:1',
    'a.b.c.quo ted': '6:3 6:15',
    'a.b.c.d': '10:1 10:7',
    'a.b.c.d.e': '10:1 10:7',
    'a.b.c.d.e.f': '10:9 10:13',
    'a.b.c.d.e.g': '10:16 10:20',
    'a.b.c.d.e.g.h': '10:22 10:26',
    list: '11:1 11:1',
    'list.x': '12:1 12:5',
  });
});

const bareKey = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const value = fc.oneof(
  fc.integer().map(String),
  fc.boolean().map(String),
  fc.string().map((text) => JSON.stringify(text).replaceAll('\u007f', '')),
  fc.constantFrom(
    "'lit # = ['",
    '"""multi\nline = 1 \\""" quote"""',
    "'''raw ''quotes'''",
    '[1, [2, "],"], 3]',
    '1.5e3',
  ),
);

test('whatever a document holds, a key is found where it was written', () => {
  const pairs = fc.uniqueArray(fc.tuple(bareKey, value, fc.constantFrom('', '# [x]\n', '\n\n', '\t')), {
    selector: ([key]) => key,
    maxLength: 12,
  });
  fc.assert(
    fc.property(pairs, (list) => {
      let text = '[table]\n';
      const written = new Map<string, number>();
      for (const [key, content, before] of list) {
        text += before;
        written.set(`table.${key}`, text.length);
        text += `${key} = ${content}\n`;
      }
      parse(text);
      const found = keyPositions(text);
      expect([...found.keys()]).toEqual(['table', ...written.keys()]);
      for (const [key, offset] of written) {
        const position = found.get(key)?.key;
        const lines = text.slice(0, offset).split('\n');
        expect(position).toEqual({ line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
      }
    }),
  );
});
