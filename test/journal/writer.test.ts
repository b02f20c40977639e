import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '../../hal/sim/virtual-clock.ts';
import { anchorText } from '../../src/journal/chain.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { JournalWriter } from '../../src/journal/writer.ts';
import { dayMs, granted, openJournal, removeTemporary, switched, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const forever = new AbortController().signal;

function startWriter(directory: string) {
  const clock = new VirtualClock();
  const troubles: string[] = [];
  let troubled = Promise.withResolvers<void>();
  const writer = new JournalWriter({
    directory,
    clock,
    nowUtcMs: () => 1_000,
    onTrouble: (message) => {
      troubles.push(message);
      troubled.resolve();
    },
  });
  return {
    clock,
    writer,
    troubles,
    trouble: async () => {
      await troubled.promise;
      troubled = Promise.withResolvers();
    },
  };
}

test('what was handed over is in the journal when it has settled, in order', async () => {
  const directory = temporaryFolder();
  const { writer } = startWriter(directory);
  for (let day = 0; day < 1_000; day++) writer.write(granted('ana', day));
  await writer.settled();
  const journal = openJournal(directory);
  expect(journal.list({ limit: 2_000 }).map(({ utcMs }) => utcMs / dayMs)).toEqual(
    Array.from({ length: 1_000 }, (_, i) => 999 - i),
  );
  expect(writer.anchor).toBe(anchorText(journal.head()));
  await writer[Symbol.asyncDispose]();
});

test('what waits when the device ends is written first', async () => {
  const directory = temporaryFolder();
  const { writer } = startWriter(directory);
  for (let day = 0; day < 500; day++) writer.write(granted('ana', day));
  await writer[Symbol.asyncDispose]();
  expect(openJournal(directory).head().seq).toBe(500);
});

test('a disk that takes nothing is said once, and what came meanwhile is written when it can be', async () => {
  const directory = join(temporaryFolder(), 'state');
  const { clock, writer, troubles, trouble } = startWriter(directory);
  writer.write(granted('ana', 1));
  await trouble();
  writer.write(granted('ana', 2));
  await clock.runFor(2_000);
  expect(troubles).toHaveLength(1);
  mkdirSync(directory);
  await clock.runFor(5_000);
  await writer.settled();
  expect(
    openJournal(directory)
      .list({ limit: 9 })
      .map(({ utcMs }) => utcMs / dayMs),
  ).toEqual([2, 1]);
  expect(writer.waiting).toBe(0);
  await writer[Symbol.asyncDispose]();
});

test('when too much waits the lamps go first, decisions stay, and the journal says what is lost', async () => {
  const directory = join(temporaryFolder(), 'state');
  const { clock, writer, trouble } = startWriter(directory);
  writer.write(granted('ana'));
  await trouble();
  for (let i = 0; i < 4_000; i++) writer.write(switched(i % 2 === 0, i));
  for (let i = 0; i < 4_000; i++) writer.write(granted('ana', i));
  mkdirSync(directory);
  await clock.runFor(6_000);
  await writer.settled();
  const journal = openJournal(directory);
  expect(journal.list({ limit: 9_000, kinds: ['decision'] })).toHaveLength(4_001);
  const [gap] = journal.list({ limit: 9, kinds: ['gap'] });
  const kept = journal.list({ limit: 9_000, kinds: ['output'] }).length;
  expect(gap?.facts).toMatchObject({ lost: { output: 4_000 - kept } });
  expect(await verifyJournal(journal, [], forever)).toMatchObject({ flaws: [] });
  await writer[Symbol.asyncDispose]();
});

test('a damaged journal is moved aside and a new one begins, without a person', async () => {
  const directory = temporaryFolder();
  writeFileSync(
    join(directory, 'journal.db'),
    'no database at all, and long enough to be looked at as one'.repeat(90),
  );
  const { writer, troubles } = startWriter(directory);
  writer.write(granted('ana', 3));
  await writer.settled();
  expect(troubles).toEqual([expect.stringContaining('journal.db.damaged')]);
  expect(existsSync(join(directory, 'journal.db.damaged'))).toBe(true);
  expect(openJournal(directory).head().seq).toBe(1);
  await writer[Symbol.asyncDispose]();
});
