import { expect } from 'bun:test';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../../src/journal/journal.ts';
import { verifyJournal } from '../../../src/journal/verify.ts';
import { finishErasures, hasErasures } from '../../../src/runtime/erasure/carry-out.ts';
import { found, name } from '../../people/erasure-search.ts';
import { openStore, temporaryFolder } from '../../people/temporary.ts';
import { folders, householdIn } from './household.ts';

/** Kills an erasure after each of the delays, and looks at what the next start makes of it. */
export async function killErasures(delaysMs: readonly number[]): Promise<{ begun: number; done: number }> {
  const template = temporaryFolder();
  // Paths are kept absolute, so each round runs where the household was made.
  const root = join(template, 'house');
  const { wanted } = await householdIn(root);
  cpSync(root, join(template, 'copy'), { recursive: true });
  let begun = 0;
  let done = 0;
  for (const delayMs of delaysMs) {
    await Bun.$`rm -rf ${root} && cp -r ${join(template, 'copy')} ${root}`.quiet();
    const child = Bun.spawn([process.execPath, join(import.meta.dir, 'erase-when-told.ts'), root], {
      stdout: 'pipe',
      stderr: 'inherit',
    });
    let said = '';
    for await (const piece of child.stdout) {
      said += new TextDecoder().decode(piece);
      await Bun.sleep(delayMs);
      child.kill('SIGKILL');
    }
    await child.exited;
    const stateDirectory = join(root, folders.state);
    const wasOrdered = hasErasures(stateDirectory);
    const store = openStore(stateDirectory);
    await finishErasures({ store, stateDirectory, clearCaches: () => 0 });
    const isGone = store.find(name) === undefined;
    if (said.includes('erased') || wasOrdered) expect(isGone).toBe(true);
    if (isGone) {
      // Whole: state directory, pictures, recordings, network, backup.
      expect(found(root, wanted)).toEqual([]);
      expect(existsSync(join(root, 'recordings/untagged/sound.wav'))).toBe(true);
      using journal = Journal.open({ directory: stateDirectory });
      const receipts = journal.list({ kinds: ['receipt'], limit: 10 });
      expect(receipts.map(({ facts }) => facts)).toMatchObject([
        { samples: 2, originals: 1, journalEntries: 40, recordingsDeleted: 1, recordingsUntagged: 1 },
      ]);
      expect((await verifyJournal(journal, [], new AbortController().signal)).flaws).toEqual([]);
    } else {
      expect(store.samples(store.find(name)?.subjectId ?? '')).toHaveLength(2);
    }
    expect(store.people()).toHaveLength(isGone ? 60 : 61);
    expect(hasErasures(stateDirectory)).toBe(false);
    store.close();
    begun += wasOrdered ? 1 : 0;
    done += said.includes('erased') ? 1 : 0;
  }
  return { begun, done };
}
