import { afterEach, expect, test } from 'bun:test';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../../src/journal/journal.ts';
import { carryOutErasure, finishErasures, hasErasures } from '../../../src/runtime/erasure/carry-out.ts';
import { found, name } from '../../people/erasure-search.ts';
import { openStore, removeTemporary, temporaryFolder } from '../../people/temporary.ts';
import { killErasures } from './erasure-killed.ts';
import { folders, householdIn, planOf } from './household.ts';

afterEach(removeTemporary);

const never = new AbortController().signal;
const clearCaches = () => 3;

test('after an erasure nothing of the person is in any file that Vigil keeps or has made, and others are whole', async () => {
  const root = temporaryFolder();
  const { wanted } = await householdIn(root);
  // The search itself can find: the sealed bytes, the files, the backup.
  expect(found(root, wanted).length).toBeGreaterThan(15);
  const stateDirectory = join(root, folders.state);
  const store = openStore(stateDirectory);
  const plan = await planOf(root, store, never);
  const { receipt, failed, scrubbed } = await carryOutErasure({ store, stateDirectory, clearCaches }, plan);
  expect([failed, scrubbed]).toEqual([[], true]);
  expect(receipt).toMatchObject({
    samples: 2,
    originals: 1,
    journalEntries: 40,
    filesDeleted: 2,
    networkFilesDeleted: 2,
    tracesDeleted: 1,
    recordingsDeleted: 1,
    backupsDeleted: 1,
    labResultsDeleted: 3,
    filesKept: 0,
    recordingsUntagged: 1,
  });
  expect(found(root, wanted)).toEqual([]);
  expect(existsSync(join(root, folders.dataset, 'Other 1.jpg'))).toBe(true);
  expect(plan.untagged).toEqual([join(root, 'recordings/untagged')]);
  expect(store.people()).toHaveLength(60);
  store.close();
  expect(found(root, wanted)).toEqual([]);
});

test('kill -9 in the middle of an erasure: the next start finishes it, with one receipt, and nothing is left', async () => {
  const { begun, done } = await killErasures([0, 2, 5, 9, 14]);
  expect(begun + done).toBeGreaterThan(0);
}, 30_000);

test('where the journal is damaged nothing is erased yet; once it was moved aside the order is finished', async () => {
  const root = temporaryFolder();
  const { wanted } = await householdIn(root);
  const stateDirectory = join(root, folders.state);
  const store = openStore(stateDirectory);
  const plan = await planOf(root, store, never);
  for (const file of ['journal.db', 'journal.db-wal', 'journal.db-shm']) {
    rmSync(join(stateDirectory, file), { force: true });
  }
  writeFileSync(join(stateDirectory, 'journal.db'), 'this is no database, and long enough to be looked at');
  const failure = await carryOutErasure({ store, stateDirectory, clearCaches }, plan).catch((error) => error);
  expect(String(failure)).toContain('Move journal.db');
  expect([store.find(name)?.name, hasErasures(stateDirectory)]).toEqual([name, true]);
  rmSync(join(stateDirectory, 'journal.db'));
  expect(await finishErasures({ store, stateDirectory, clearCaches })).toMatchObject([{ failed: [] }]);
  expect([store.find(name), hasErasures(stateDirectory)]).toEqual([undefined, false]);
  expect(found(root, wanted)).toEqual([]);
});

test('the order of an erasure cannot be read or changed without the key', async () => {
  const root = temporaryFolder();
  const { wanted, subjectId } = await householdIn(root);
  const stateDirectory = join(root, folders.state);
  const store = openStore(stateDirectory);
  const plan = await planOf(root, store, never);
  rmSync(join(stateDirectory, 'journal.db'));
  writeFileSync(join(stateDirectory, 'journal.db'), 'this is no database, and long enough to be looked at');
  await carryOutErasure({ store, stateDirectory, clearCaches }, plan).catch(() => {});
  const order = join(stateDirectory, `erasing-${subjectId}`);
  const sealed = await Bun.file(order).bytes();
  const readable = Object.entries(wanted).filter(
    ([what]) => !what.startsWith('sealed') && !what.endsWith(' id'),
  );
  expect(readable.filter(([, needle]) => Buffer.from(sealed).includes(needle))).toEqual([]);
  sealed[sealed.length - 1]! ^= 1;
  writeFileSync(order, sealed);
  rmSync(join(stateDirectory, 'journal.db'));
  const failure = await finishErasures({ store, stateDirectory, clearCaches }).catch((error) => error);
  expect(String(failure)).toContain('damaged or was altered');
  expect(store.find(name)?.name).toBe(name);
});

test('a recording is deleted with the first of those who are in it, and remembered no more', async () => {
  const root = temporaryFolder();
  await householdIn(root);
  const stateDirectory = join(root, folders.state);
  const store = openStore(stateDirectory);
  await carryOutErasure({ store, stateDirectory, clearCaches }, await planOf(root, store, never));
  expect(store.madeFiles()).toMatchObject([{ kind: 'recording', path: join(root, 'recordings/untagged') }]);
  using journal = Journal.open({ directory: stateDirectory });
  expect(journal.list({ kinds: ['receipt'], limit: 5 })).toHaveLength(1);
});
