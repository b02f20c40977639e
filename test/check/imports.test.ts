import { expect, test } from 'bun:test';
import { importProblems } from '../../check/imports.ts';
import { readSource } from '../../check/source.ts';

/** The problems of a project that consists of these files alone. */
function problems(files: Record<string, string>): string[] {
  return importProblems(Object.entries(files).map(([path, text]) => readSource(path, text)));
}

test('every way to import is seen', () => {
  const text = [
    "import { a } from './value.ts';",
    "import type { B } from './type.ts';",
    "import { type C } from './inline-type.ts';",
    "import './effect.ts';",
    "export { type D, d } from './re-export.ts';",
    "export type * from './type-re-export.ts';",
    "const e = await import('./dynamic.ts');",
    "let f: import('./type-query.ts').F;",
    "let g: typeof import('./typeof-query.ts');",
  ].join('\n');
  const seen = readSource('x.ts', text).imports.map(({ specifier, typeOnly, line }) => [
    specifier,
    typeOnly,
    line,
  ]);
  expect(seen.sort((a, b) => Number(a[2]) - Number(b[2]))).toEqual([
    ['./value.ts', false, 1],
    ['./type.ts', true, 2],
    ['./inline-type.ts', true, 3],
    ['./effect.ts', false, 4],
    ['./re-export.ts', false, 5],
    ['./type-re-export.ts', true, 6],
    ['./dynamic.ts', false, 7],
    ['./type-query.ts', true, 8],
    ['./typeof-query.ts', true, 9],
  ]);
});

const planted: ReadonlyArray<readonly [rule: string, path: string, text: string, problem: string]> = [
  ['the contract imports nothing', 'hal/contract/a.ts', "import type { Z } from 'zod';", 'imports zod'],
  [
    'the contract imports no driver',
    'hal/contract/a.ts',
    "import type { S } from '../sim/s.ts';",
    'imports hal/sim/s.ts',
  ],
  ['a driver imports only the contract', 'hal/linux/a.ts', "import '../sim/s.ts';", 'imports hal/sim/s.ts'],
  ['a twin has no files and no sockets', 'hal/sim/a.ts', "import 'node:fs';", 'imports node:fs'],
  ['the guard stands alone', 'hal/guard.ts', "import '../src/trace/t.ts';", 'imports src/trace/t.ts'],
  [
    'machines do no I/O',
    'machines/a.ts',
    "import { readFile } from 'node:fs/promises';",
    'imports node:fs/promises',
  ],
  [
    'machines know no driver, not even its type',
    'machines/a.ts',
    "import type { S } from '../hal/sim/s.ts';",
    'imports hal/sim/s.ts',
  ],
  ['machines know no runtime', 'machines/a.ts', "import '../src/runtime/r.ts';", 'imports src/runtime/r.ts'],
  [
    'machines take only types of the contract',
    'machines/a.ts',
    "import { HalError } from '../hal/contract/errors.ts';",
    'only its types',
  ],
  ['decisions are pure', 'src/decide/a.ts', "import 'xstate';", 'imports xstate'],
  [
    'nothing runs back up',
    'src/vision/a.ts',
    "import type { R } from '../runtime/r.ts';",
    'imports src/runtime/r.ts',
  ],
  [
    'vision and people stand beside each other',
    'src/vision/a.ts',
    "import '../people/p.ts';",
    'imports src/people/p.ts',
  ],
  ['models know no vision', 'src/models/a.ts', "export * from '../vision/v.ts';", 'imports src/vision/v.ts'],
  [
    'only the runtime names drivers',
    'src/cli/a.ts',
    "const s = await import('../../hal/linux/l.ts');",
    'imports hal/linux/l.ts',
  ],
  [
    'only the runtime names twins',
    'src/vision/a.ts',
    "import type { S } from '../../hal/sim/s.ts';",
    'imports hal/sim/s.ts',
  ],
  ['nothing imports tests', 'src/runtime/a.ts', "import '../../test/t.ts';", 'imports test/t.ts'],
  ['a new folder gets a layer', 'src/new/a.ts', '', 'belongs to no layer'],
];
for (const [rule, path, text, problem] of planted) {
  test(`${rule}: a breach is found`, () => {
    const found = problems({ [path]: text });
    expect(found).toHaveLength(1);
    expect(found[0]).toStartWith(`${path}:1: `);
    expect(found[0]).toContain(problem);
  });
}

test('what the arrows allow is no breach', () => {
  expect(
    problems({
      'hal/contract/clock.ts': 'export interface Clock {}',
      'hal/sim/s.ts': "import type { Clock } from '../contract/clock.ts';",
      'machines/a.ts':
        "import { setup } from 'xstate'; import '../src/decide/d.ts'; import type { Clock } from '../hal/contract/clock.ts';",
      'src/decide/d.ts': '',
      'src/runtime/r.ts': "import '../../hal/sim/s.ts'; import '../../machines/a.ts';",
      'src/cli/c.ts': "import '../runtime/r.ts'; import { z } from 'zod/v4'; import 'node:fs';",
      'test/t.ts': "import '../machines/a.ts'; import '../src/cli/c.ts';",
    }),
  ).toEqual([]);
});

test('a circle is found, also one of types alone', () => {
  const found = problems({
    'src/vision/a.ts': "import type { B } from './b.ts';",
    'src/vision/b.ts': "import type { C } from './c.ts';",
    'src/vision/c.ts': "import type { A } from './a.ts';",
  });
  expect(found).toEqual([
    'src/vision/a.ts:1: imports itself in a circle: src/vision/a.ts -> src/vision/b.ts -> src/vision/c.ts -> src/vision/a.ts',
  ]);
});
