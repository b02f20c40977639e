import { afterAll, beforeAll, expect, test } from 'bun:test';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { mutants } from './mutants.ts';

const root = resolve(import.meta.dir, '../..');
/** What mutants change; everything else is linked. */
const copied = ['machines', 'hal', 'src'];

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'vigil-mutants-'));
  for (const entry of readdirSync(root)) {
    if (copied.includes(entry)) cpSync(join(root, entry), join(copy, entry), { recursive: true });
    else symlinkSync(join(root, entry), join(copy, entry));
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Exit code of the scenario in the changed copy: 1 when it fails. */
async function runChanged(scenario: string): Promise<{ exitCode: number; said: string }> {
  const child = Bun.spawn(
    [process.execPath, 'src/cli/main.ts', 'scenario', 'run', `test/scenarios/${scenario}.yaml`],
    { cwd: copy, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  );
  const said = await new Response(child.stdout).text();
  return { exitCode: await child.exited, said };
}

test('without a change the copy passes', async () => {
  expect((await runChanged('known-face')).exitCode).toBe(0);
}, 20_000);

test.each(mutants.map((mutant) => [mutant.scenario, mutant.without, mutant] as const))(
  '%s fails without %s',
  async (scenario, _, { edits }) => {
    const originals = new Map<string, string>();
    try {
      for (const { file, from, to } of edits) {
        const path = join(copy, file);
        const text = readFileSync(path, 'utf8');
        if (!originals.has(path)) originals.set(path, text);
        expect([file, text.split(from).length - 1]).toEqual([file, 1]);
        writeFileSync(
          path,
          text.replace(from, () => to),
        );
      }
      const { exitCode, said } = await runChanged(scenario);
      expect([exitCode, said]).toEqual([1, expect.stringContaining(`FAIL  ${scenario}`)]);
    } finally {
      for (const [path, text] of originals) writeFileSync(path, text);
    }
  },
  20_000,
);

test('every requirement has code that was disabled', () => {
  const document = readFileSync(join(root, 'docs/requirements.md'), 'utf8');
  const ids = [...document.matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map(([, id]) => id);
  expect(ids.filter((id) => !mutants.some(({ shows }) => shows === id))).toEqual([]);
});
