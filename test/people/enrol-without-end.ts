import { PeopleStore } from '../../src/people/store.ts';
import { faceSample } from './samples.ts';

// Run by a test as a process of its own: enrols person after person, says each that is stored, until it is killed.

const [directory = '', round = ''] = process.argv.slice(2);
const store = PeopleStore.open({ directory, wallClock: { nowUtcMs: () => 0 } });
for (let i = 0; ; i++) {
  const name = `Person ${round} ${i}`;
  store.enrol({ name, consent: null, samples: [faceSample(2 * i), faceSample(2 * i + 1)] });
  process.stdout.write(`${name}\n`);
}
