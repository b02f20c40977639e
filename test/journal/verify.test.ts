import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import fc from 'fast-check';
import { anchorText, readAnchor } from '../../src/journal/chain.ts';
import { Journal } from '../../src/journal/journal.ts';
import { type Flaw, verifyJournal } from '../../src/journal/verify.ts';
import { dayMs, granted, removeTemporary, switched, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const forever = new AbortController().signal;

/** Twenty entries, one person erased, the oldest emptied. */
function written(): { directory: string; anchor: string } {
  const directory = temporaryFolder();
  using journal = Journal.open({ directory });
  for (let day = 0; day < 10; day++)
    journal.append([granted(day % 3 === 0 ? 'ana' : 'bea', day), switched(true, day)]);
  journal.forget('ana', 10 * dayMs);
  journal.expire({ ageMs: { output: 6 * dayMs }, maxBytes: 1e9 }, 10 * dayMs);
  return { directory, anchor: anchorText(journal.append([granted('bea', 11)])) };
}

async function flawsAfter(tampering: string | null, withAnchor = false): Promise<readonly Flaw[]> {
  const { directory, anchor } = written();
  if (tampering !== null) {
    const database = new Database(join(directory, 'journal.db'));
    database.run(tampering);
    database.close();
  }
  using journal = Journal.open({ directory });
  const anchors = withAnchor ? [readAnchor(anchor) ?? { seq: 0, link: new Uint8Array() }] : [];
  return (await verifyJournal(journal, anchors, forever)).flaws;
}

test('a journal that nobody touched is whole', async () => {
  expect(await flawsAfter(null, true)).toEqual([]);
});

test.each<[what: string, sql: string, flaw: Partial<Flaw>]>([
  ['an entry removed', 'DELETE FROM entry WHERE seq = 9', { kind: 'missing', seq: 9 }],
  ['the first entry removed', 'DELETE FROM entry WHERE seq = 1', { kind: 'missing', seq: 1 }],
  [
    'facts altered',
    `UPDATE entry SET facts = replace(facts, 'granted', 'refused') WHERE seq = 9`,
    { kind: 'altered', seq: 9 },
  ],
  ['a time altered', 'UPDATE entry SET utc_ms = utc_ms + 1 WHERE seq = 9', { kind: 'altered', seq: 9 }],
  ['a kind altered', `UPDATE entry SET kind = 'visit' WHERE seq = 9`, { kind: 'altered', seq: 9 }],
  [
    'a person altered',
    `UPDATE entry SET personal = replace(personal, 'bea', 'ana') WHERE seq = 9`,
    { kind: 'altered', seq: 9 },
  ],
  [
    'an entry inserted in the place of another',
    'INSERT OR REPLACE INTO entry (seq, utc_ms, kind, facts, personal, salt, personal_digest, link) SELECT 9, utc_ms, kind, facts, personal, salt, personal_digest, link FROM entry WHERE seq = 11',
    { kind: 'altered', seq: 9 },
  ],
  [
    'an entry inserted between two',
    'UPDATE entry SET seq = -seq WHERE seq > 9; UPDATE entry SET seq = 1 - seq WHERE seq < 0; INSERT INTO entry (seq, utc_ms, kind, facts, link) SELECT 10, utc_ms, kind, facts, link FROM entry WHERE seq = 9',
    { kind: 'altered', seq: 10 },
  ],
  [
    'two entries swapped',
    'UPDATE entry SET seq = -5 WHERE seq = 9; UPDATE entry SET seq = 9 WHERE seq = 11; UPDATE entry SET seq = 11 WHERE seq = -5',
    { kind: 'altered', seq: 9 },
  ],
  [
    'a person erased without a word',
    'UPDATE entry SET personal = NULL, salt = NULL WHERE seq = 9',
    { kind: 'emptied', seq: 9 },
  ],
  [
    'a person erased in the name of another erasure',
    `UPDATE entry SET personal = NULL, salt = NULL, gone = (SELECT seq FROM entry WHERE kind = 'erasure') WHERE seq = 9`,
    { kind: 'emptied' },
  ],
  ['an entry emptied', 'UPDATE entry SET facts = NULL WHERE seq = 9', { kind: 'altered', seq: 9 }],
])('%s shows', async (_, sql, flaw) => {
  expect(await flawsAfter(sql)).toContainEqual(expect.objectContaining(flaw));
});

test('a tail that was cut off shows by an anchor that was kept elsewhere, and by nothing else', async () => {
  const onlyTheLast = 'DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)';
  expect(await flawsAfter(onlyTheLast)).toEqual([]);
  expect(await flawsAfter(onlyTheLast, true)).toMatchObject([{ kind: 'tail-cut' }]);
});

test('a chain that was written anew shows by an anchor', async () => {
  const { directory, anchor } = written();
  const other = temporaryFolder();
  {
    using journal = Journal.open({ directory: other });
    for (let day = 0; day < 20; day++) journal.append([granted('bea', day), switched(true, day)]);
    const kept = readAnchor(anchor);
    expect((await verifyJournal(journal, kept === undefined ? [] : [kept], forever)).flaws).toMatchObject([
      { kind: 'altered' },
    ]);
  }
  using journal = Journal.open({ directory });
  expect((await verifyJournal(journal, [], forever)).flaws).toEqual([]);
});

test('whichever bit of whichever entry is turned, it shows at that entry', async () => {
  const { directory } = written();
  const database = new Database(join(directory, 'journal.db'));
  const seqs = database.query<{ seq: number }, []>('SELECT seq FROM entry WHERE facts IS NOT NULL').all();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...seqs), fc.nat(), async ({ seq }, at) => {
      const { facts } = database
        .query<{ facts: string }, [number]>('SELECT facts FROM entry WHERE seq = ?')
        .get(seq) ?? { facts: '' };
      const position = at % facts.length;
      const turned =
        facts.slice(0, position) +
        String.fromCharCode(facts.charCodeAt(position) ^ 1) +
        facts.slice(position + 1);
      database.run('UPDATE entry SET facts = ? WHERE seq = ?', [turned, seq]);
      using journal = Journal.open({ directory });
      const { flaws } = await verifyJournal(journal, [], forever);
      database.run('UPDATE entry SET facts = ? WHERE seq = ?', [facts, seq]);
      expect(flaws.some((flaw) => flaw.seq === seq)).toBe(true);
    }),
    { numRuns: 30 },
  );
  database.close();
});

test('a cut that says nothing any more shows, and ends nothing', async () => {
  const directory = temporaryFolder();
  {
    using journal = Journal.open({ directory });
    for (let day = 0; day < 10; day++) journal.append([switched(true, day)]);
    journal.expire({ ageMs: { output: 5 * dayMs }, maxBytes: 1e9 }, 10 * dayMs);
  }
  const database = new Database(join(directory, 'journal.db'));
  const cut = database.query<{ seq: number }, []>("SELECT seq FROM entry WHERE kind = 'cut'").get();
  database.run("UPDATE entry SET facts = '{' WHERE kind = 'cut'");
  database.close();
  using journal = Journal.open({ directory });
  const { flaws } = await verifyJournal(journal, [], forever);
  expect(flaws).toContainEqual(expect.objectContaining({ kind: 'altered', seq: cut?.seq }));
});
