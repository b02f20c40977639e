import { expect } from 'bun:test';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Mutant } from './mutants.ts';

const root = resolve(import.meta.dir, '../..');
/** What mutants change; everything else is linked. */
const copied = ['machines', 'hal', 'src'];

/** A copy of the project in which code can be disabled. */
export class MutatedCopy implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vigil-mutants-'));

  constructor() {
    for (const entry of readdirSync(root)) {
      const [from, to] = [join(root, entry), join(this.#folder, entry)];
      if (copied.includes(entry)) cpSync(from, to, { recursive: true });
      else symlinkSync(from, to);
    }
  }

  /** Runs the scenario with the mutant's edits, and takes them back. */
  async run({
    scenario,
    edits,
  }: Pick<Mutant, 'scenario' | 'edits'>): Promise<{ exitCode: number; said: string }> {
    const originals = new Map<string, string>();
    try {
      for (const { file, from, to } of edits) {
        const path = join(this.#folder, file);
        const text = readFileSync(path, 'utf8');
        if (!originals.has(path)) originals.set(path, text);
        expect([file, text.split(from).length - 1]).toEqual([file, 1]);
        writeFileSync(
          path,
          text.replace(from, () => to),
        );
      }
      const child = Bun.spawn(
        [process.execPath, 'src/cli/main.ts', 'scenario', 'run', `test/scenarios/${scenario}.yaml`],
        { cwd: this.#folder, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
      );
      const said = await new Response(child.stdout).text();
      return { exitCode: await child.exited, said };
    } finally {
      for (const [path, text] of originals) writeFileSync(path, text);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Expects that the scenario fails (and is not in error) without what the mutant disables. */
export async function expectKilled(copy: MutatedCopy, mutant: Mutant): Promise<void> {
  const { exitCode, said } = await copy.run(mutant);
  expect([exitCode, said]).toEqual([1, expect.stringContaining(`FAIL  ${mutant.scenario}`)]);
}
