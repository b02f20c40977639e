import { PeopleStore } from '../../src/people/store.ts';

// Run by a test as a process of its own: says that it begins, and forgets a person; killed somewhere on the way.

const [directory = '', subjectId = ''] = process.argv.slice(2);
const store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => 0 } });
process.stdout.write('begins\n');
store.forget(subjectId);
process.stdout.write('forgotten\n');
