import { asPeopleStoreError } from '../../src/people/errors.ts';
import { PeopleStore } from '../../src/people/store.ts';
import { faceSample } from './samples.ts';

// Run by a test in a place where the store must fail: enrols until it does, and says how.

const [directory = ''] = process.argv.slice(2);
let enrolled = 0;
try {
  using store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => 0 } });
  while (enrolled < 5000) {
    store.enrol({ name: `Person ${enrolled}`, consent: null, samples: [faceSample(enrolled)] });
    enrolled++;
  }
} catch (error) {
  const { kind, message } = asPeopleStoreError(error, directory);
  let stored: number | undefined;
  try {
    using store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => 0 } });
    stored = store.people().length;
  } catch {
    stored = undefined;
  }
  process.stdout.write(JSON.stringify({ kind, message, enrolled, stored }));
}
