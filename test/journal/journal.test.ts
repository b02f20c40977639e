import { afterEach, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalError } from '../../src/journal/errors.ts';
import { Journal } from '../../src/journal/journal.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { dayMs, granted, openJournal, removeTemporary, switched, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const forever = new AbortController().signal;
const lasting = { ageMs: {}, maxBytes: Number.POSITIVE_INFINITY };

describe('a list', () => {
  const journal = () => {
    const made = openJournal();
    made.append([
      granted('ana', 1),
      switched(true, 1),
      granted('bea', 2),
      switched(true, 2),
      granted('ana', 3),
    ]);
    return made;
  };

  test('has the newest first, no more than asked for, and goes on where another ended', () => {
    const made = journal();
    expect(made.list({ limit: 2 }).map(({ seq }) => seq)).toEqual([5, 4]);
    expect(made.list({ limit: 2, beforeSeq: 4 }).map(({ seq }) => seq)).toEqual([3, 2]);
  });

  test('is of a person, of kinds, of a stretch of time, and of all of them together', () => {
    const made = journal();
    const seqs = (filter: Parameters<Journal['list']>[0]) => made.list(filter).map(({ seq }) => seq);
    expect(seqs({ limit: 9, subjectId: 'ana' })).toEqual([5, 1]);
    expect(seqs({ limit: 9, kinds: ['output'] })).toEqual([4, 2]);
    expect(seqs({ limit: 9, fromUtcMs: 2 * dayMs, toUtcMs: 3 * dayMs })).toEqual([4, 3]);
    expect(seqs({ limit: 9, subjectId: 'ana', kinds: ['decision'], fromUtcMs: 2 * dayMs })).toEqual([5]);
    expect(seqs({ limit: 9, subjectId: 'nobody' })).toEqual([]);
  });

  test('has what was written', () => {
    expect(journal().entry(1)).toEqual({
      seq: 1,
      utcMs: dayMs,
      kind: 'decision',
      facts: { answer: 'granted', code: null, by: 'face', said: 'known', grantId: 'grant-1' },
      personal: {
        subjectId: 'ana',
        distance: 0.08,
        secondDistance: 0.41,
        score: null,
        secondScore: null,
        account: expect.anything(),
      },
      gone: null,
    });
  });
});

test('two that have it open write one chain', async () => {
  const directory = temporaryFolder();
  const [one, other] = [openJournal(directory), openJournal(directory)];
  for (let i = 0; i < 20; i++) (i % 3 === 0 ? one : other).append([granted(`subject-${i}`), switched(true)]);
  expect(one.head()).toEqual(other.head());
  expect(await verifyJournal(one, [], forever)).toMatchObject({ entries: 40, flaws: [] });
});

describe('an erasure', () => {
  test('leaves no byte of the person, and a journal that is whole and still tells that somebody came', async () => {
    const directory = temporaryFolder();
    const journal = openJournal(directory);
    const distance = 0.0617283945;
    for (let i = 0; i < 200; i++)
      journal.append([granted(i % 7 === 0 ? 'wilhelmina' : 'bea', i, i % 7 === 0 ? distance : 0.1)]);
    expect(journal.forget('wilhelmina', 0)).toEqual({ entries: 29, scrubbed: true });

    for (const file of readdirSync(directory)) {
      const bytes = readFileSync(join(directory, file)).toString('latin1');
      expect([file, bytes.includes('wilhelmina'), bytes.includes(String(distance))]).toEqual([
        file,
        false,
        false,
      ]);
    }
    expect(journal.list({ limit: 9, subjectId: 'wilhelmina' })).toEqual([]);
    expect(journal.entry(1)).toMatchObject({ gone: 'erased', personal: null, facts: { answer: 'granted' } });
    expect(await verifyJournal(journal, [], forever)).toMatchObject({ entries: 201, erased: 29, flaws: [] });
  });

  test('of somebody who is not in it changes nothing', () => {
    const journal = openJournal();
    const head = journal.append([granted('bea')]);
    expect(journal.forget('ana', 0)).toEqual({ entries: 0, scrubbed: true });
    expect(journal.head()).toEqual(head);
  });
});

describe('retention', () => {
  test('empties each kind at its age, keeps the chain whole, and cuts the beginning when nothing is left of it', async () => {
    const journal = openJournal();
    for (let day = 0; day < 100; day++) journal.append([granted('ana', day), switched(true, day)]);
    const ageMs = { decision: 50 * dayMs, output: 10 * dayMs };
    journal.expire({ ...lasting, ageMs }, 100 * dayMs);

    const kept = journal.list({ limit: 1_000, kinds: ['decision'] }).filter(({ facts }) => facts !== null);
    expect(kept.map(({ utcMs }) => utcMs / dayMs)).toEqual(Array.from({ length: 50 }, (_, i) => 99 - i));
    expect(
      journal.list({ limit: 1_000, kinds: ['output'] }).filter(({ facts }) => facts !== null),
    ).toHaveLength(10);
    const verified = await verifyJournal(journal, [], forever);
    expect(verified).toMatchObject({ beginsAfterSeq: 100, expired: 40, flaws: [] });

    journal.expire({ ...lasting, ageMs }, 1_000 * dayMs);
    expect(journal.list({ limit: 1_000 }).every(({ kind }) => kind === 'cut' || kind === 'expiry')).toBe(
      true,
    );
    expect(await verifyJournal(journal, [], forever)).toMatchObject({ flaws: [] });
  });

  test('keeps within its size by cutting off the oldest', async () => {
    const journal = openJournal();
    for (let at = 0; at < 20; at++)
      journal.append(Array.from({ length: 100 }, (_, i) => granted(`p${i}`, at)));
    const before = journal.size();
    journal.expire({ ...lasting, maxBytes: before.bytes / 2 }, 0);
    const after = journal.size();
    expect(after.bytes).toBeLessThanOrEqual(before.bytes / 2);
    expect(after.entries).toBeGreaterThan(before.entries / 4);
    expect(journal.entry(2_000)).toBeDefined();
    expect(await verifyJournal(journal, [], forever)).toMatchObject({ flaws: [] });
  });

  test('of a person who was erased before is whole as well', async () => {
    const journal = openJournal();
    for (let day = 0; day < 20; day++) journal.append([granted(day % 2 === 0 ? 'ana' : 'bea', day)]);
    journal.forget('ana', 20 * dayMs);
    journal.expire({ ...lasting, ageMs: { decision: 5 * dayMs } }, 20 * dayMs);
    expect(await verifyJournal(journal, [], forever)).toMatchObject({ flaws: [] });
  });
});

test('it is readable by its owner alone', () => {
  const directory = temporaryFolder();
  openJournal(directory).append([granted('ana')]);
  for (const file of readdirSync(directory)) {
    expect([file, statSync(join(directory, file)).mode & 0o777]).toEqual([file, 0o600]);
  }
});

test('a file that is no journal says so, and what to do', () => {
  const directory = temporaryFolder();
  writeFileSync(
    join(directory, 'journal.db'),
    'this is no database, and long enough to be looked at'.repeat(100),
  );
  let thrown: JournalError | undefined;
  try {
    Journal.open({ directory });
  } catch (error) {
    thrown = error as JournalError;
  }
  expect(thrown?.kind).toBe('corrupt');
  expect(thrown?.message).toContain('Move journal.db');
});
