import { afterAll, beforeAll, expect, test } from 'bun:test';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'vigil-lint-'));
  for (const file of ['biome.json', '.gitignore', 'check/chance.grit']) {
    await cp(join(root, file), join(copy, file));
  }
});
afterAll(() => rm(copy, { recursive: true }));

/** The linter's words about a file with this text, in a copy of the project that holds nothing else. */
async function lint(path: string, text: string): Promise<string> {
  const file = join(copy, path);
  await Bun.write(file, text);
  const biome = join(root, 'node_modules/.bin/biome');
  const child = Bun.spawn([process.execPath, '--bun', biome, 'lint', '--colors=off', path], {
    cwd: copy,
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await rm(file);
  return out + error;
}

const breaches: ReadonlyArray<readonly [name: string, text: string]> = [
  ['Date', 'export const a = Date.now();\n'],
  ['Math.random', 'export const a = Math.random();\n'],
  ['setTimeout', 'setTimeout(() => {}, 5);\n'],
  ['process', 'export const a = process.pid;\n'],
  ['performance', 'export const a = performance.now();\n'],
  ['globalThis', 'export const a = globalThis.Date;\n'],
];
for (const folder of ['machines', 'src/decide', 'hal/sim']) {
  test(`${folder} cannot touch a clock, chance or the process that was not injected`, async () => {
    const words = await Promise.all(breaches.map(([name, text]) => lint(`${folder}/${name}.ts`, text)));
    for (const [i, [name]] of breaches.entries()) {
      expect(words[i]).toContain(name);
      expect(words[i]).toMatch(/noRestrictedGlobals|Chance comes from the injected generator/);
    }
  });
}

test('hal/guard.ts cannot either', async () => {
  expect(await lint('hal/guard.ts', 'setInterval(() => {}, 5);\n')).toContain('noRestrictedGlobals');
});

test('an injected clock may be called setTimeout, and drivers have real ones', async () => {
  const injected = 'export const f = (clock: { setTimeout(ms: number): void }) => clock.setTimeout(5);\n';
  expect(await lint('machines/injected.ts', injected)).not.toContain('noRestrictedGlobals');
  expect(await lint('hal/linux/driver.ts', 'setTimeout(() => {}, 5);\n')).not.toContain(
    'noRestrictedGlobals',
  );
});
