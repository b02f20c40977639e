import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PeopleStore } from '../../src/people/store.ts';

const folders: string[] = [];
const stores: PeopleStore[] = [];

/** For `afterEach` of every file that uses this one: a hook set here would belong to the first of them alone. */
export function removeTemporary(): void {
  for (const store of stores.splice(0)) store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-people-'));
  folders.push(folder);
  return folder;
}

/** A store that is closed after the test. */
export function openStore(directory: string, nowUtcMs = 1_700_000_000_000): PeopleStore {
  const store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => nowUtcMs } });
  stores.push(store);
  return store;
}
