import { Journal } from '../../src/journal/journal.ts';
import { granted, switched } from './temporary.ts';

// Appends to the journal of the folder it is given, and says on standard output what is confirmed, until it is killed.

const [, , directory = ''] = process.argv;
const journal = Journal.open({ directory });
const { stdout } = process;
for (let day = 0; ; day++) {
  const { seq } = journal.append([granted(`subject-${day % 3}`, day), switched(true, day)]);
  stdout.write(`${seq}\n`);
  // An erasure and a retention in between: they must not lose what was confirmed either.
  if (day % 40 === 39) journal.forget('subject-1', 0);
  await Bun.sleep(0);
}
