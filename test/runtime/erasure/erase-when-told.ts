import { join } from 'node:path';
import { PeopleStore } from '../../../src/people/store.ts';
import { carryOutErasure } from '../../../src/runtime/erasure/carry-out.ts';
import { folders, planOf } from './household.ts';

// Run by a test as a process of its own: says that it begins, and erases her; killed somewhere on the way.

const [root = ''] = process.argv.slice(2);
const stateDirectory = join(root, folders.state);
const store = PeopleStore.open({ directory: stateDirectory, wallClock: { nowUtcMs: () => Date.now() } });
const plan = await planOf(root, store, new AbortController().signal);
process.stdout.write('begins\n');
await carryOutErasure({ store, stateDirectory, clearCaches: () => 0 }, plan);
process.stdout.write('erased\n');
