import { expect } from 'bun:test';
import { join } from 'node:path';
import type { Random } from '../../hal/sim/random.ts';
import { Journal } from '../../src/journal/journal.ts';
import { verifyJournal } from '../../src/journal/verify.ts';

const forever = new AbortController().signal;

/** Lets a process write the journal, kills it at a random moment, and expects that nothing confirmed is lost. */
export async function killOnce(directory: string, random: Random): Promise<number> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'append-until-killed.ts'), directory], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const enough = 1 + Math.floor(random.uniform() * 60);
  let said = '';
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    if (said.split('\n').length > enough) child.kill('SIGKILL');
  }
  await child.exited;
  // The last line may be half a line: only what ends with a line end was confirmed.
  const confirmed = Number(said.split('\n').at(-2) ?? 0);
  using journal = Journal.open({ directory });
  expect(journal.head().seq).toBeGreaterThanOrEqual(confirmed);
  expect((await verifyJournal(journal, [], forever)).flaws).toEqual([]);
  return confirmed;
}
