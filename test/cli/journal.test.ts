import { afterEach, expect, test } from 'bun:test';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command as journal } from '../../src/cli/journal.ts';
import { command as people } from '../../src/cli/people.ts';
import { Journal } from '../../src/journal/journal.ts';
import { granted, switched } from '../journal/temporary.ts';
import { consent, faceSample } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { runCommand } from './run-command.ts';

afterEach(removeTemporary);

/** A state directory in which Ana, who is known, was granted twice, and somebody else once. */
function visited(): { state: string; subjectId: string } {
  const state = temporaryFolder();
  const { person } = openStore(state).enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  using opened = Journal.open({ directory: state });
  opened.append([
    granted(person.subjectId, 1),
    switched(true, 1),
    granted('p_other', 2),
    granted(person.subjectId, 3),
  ]);
  return { state, subjectId: person.subjectId };
}

test('vigil journal list tells what happened, with names, the newest last', async () => {
  const { state } = visited();
  const { exitCode, out } = await runCommand(journal, ['list', '--state', state]);
  expect(exitCode).toBe(0);
  expect(out.split('\n')).toEqual([
    'ENTRY    TIME                      KIND      WHAT',
    '1        1970-01-02T00:00:00.000Z  decision  granted Ana: face +4.5 (distance 0.080, margin 0.330)',
    '2        1970-01-02T00:00:00.000Z  output    green on',
    '3        1970-01-03T00:00:00.000Z  decision  granted p_other: face +4.5 (distance 0.080, margin 0.330)',
    '4        1970-01-04T00:00:00.000Z  decision  granted Ana: face +4.5 (distance 0.080, margin 0.330)',
    '',
  ]);
});

test('it can be asked for a person, a kind and a stretch of time, in JSON too', async () => {
  const { state } = visited();
  const seqs = async (...words: string[]) =>
    (await runCommand(journal, ['list', '--state', state, '--json', ...words])).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq);
  expect(await seqs('--person', 'ana')).toEqual([1, 4]);
  expect(await seqs('--kind', 'output,visit')).toEqual([2]);
  expect(await seqs('--since', '1970-01-03', '--until', '1970-01-04')).toEqual([3]);
  expect(await seqs('--limit', '1')).toEqual([4]);
});

test.each([
  [['list', '--kind', 'decisions'], 'Allowed: boot, stop, decision'],
  [['list', '--since', 'yesterday'], 'Allowed: 2026-01-31'],
  [['list', '--limit', '0'], 'a whole number'],
  [['list', '--person', 'Anna'], 'Did you mean Ana?'],
  [['show', '99'], 'the newest is 4'],
  [['show', 'last'], 'Give its number'],
  [['verify', '--anchor', '4:abc'], 'not an anchor'],
  [['export'], '--output FILE.csv'],
  [['export', '--output', 'journal.txt'], '.csv or .jsonl'],
])('vigil journal %p is refused with what is allowed', async (words, allowed) => {
  const { state } = visited();
  const { exitCode, err } = await runCommand(journal, [...words, '--state', state]);
  expect(exitCode).toBe(2);
  expect(err).toContain(allowed);
});

test('where there is no journal it says who makes one, and makes none', async () => {
  const state = temporaryFolder();
  const { exitCode, err } = await runCommand(journal, ['list', '--state', state]);
  expect(exitCode).toBe(3);
  expect(err).toContain("'vigil run' keeps one");
});

test('vigil journal export writes a file for its owner alone, does not write over another, and is journaled', async () => {
  const { state } = visited();
  const output = join(state, 'journal.csv');
  expect((await runCommand(journal, ['export', '--state', state, '--output', output])).exitCode).toBe(0);
  const lines = readFileSync(output, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe('entry,time,kind,person,subject_id,gone,what,details');
  expect(lines[1]).toStartWith('4,1970-01-04T00:00:00.000Z,decision,Ana,p_');
  expect(statSync(output).mode & 0o777).toBe(0o600);

  const again = await runCommand(journal, ['export', '--state', state, '--output', output]);
  expect(again).toMatchObject({ exitCode: 2, err: expect.stringContaining('is there already') });
  expect((await runCommand(journal, ['list', '--state', state, '--kind', 'audit'])).out).toContain(
    'exported the journal',
  );
});

test('a name that a spreadsheet would run as a formula is text', async () => {
  const state = temporaryFolder();
  const { person } = openStore(state).enrol({
    name: '=HYPERLINK("x"), "Ana"',
    consent,
    samples: [faceSample(1)],
  });
  {
    using opened = Journal.open({ directory: state });
    opened.append([granted(person.subjectId)]);
  }
  const output = join(state, 'journal.csv');
  await runCommand(journal, ['export', '--state', state, '--output', output]);
  expect(readFileSync(output, 'utf8')).toContain(`,"'=HYPERLINK(""x""), ""Ana""",`);
});

test('vigil journal verify ends with 0 and an anchor, and with 1 when something is gone', async () => {
  const { state } = visited();
  const { exitCode, out } = await runCommand(journal, ['verify', '--state', state]);
  expect(exitCode).toBe(0);
  const anchor = /^anchor (.+)$/m.exec(out)?.[1] ?? '';
  {
    using opened = Journal.open({ directory: state });
    opened.append([granted('p_other', 4)]);
  }
  expect((await runCommand(journal, ['verify', '--state', state, '--anchor', anchor])).exitCode).toBe(0);
  const ahead = `9:${anchor.split(':')[1]}`;
  const cut = await runCommand(journal, ['verify', '--state', state, '--anchor', ahead]);
  expect(cut).toMatchObject({ exitCode: 1, out: expect.stringContaining('NOT WHOLE') });
});

test('a person who is forgotten is out of the journal, which is whole and says that somebody was erased', async () => {
  const { state } = visited();
  const folders = [
    '--dataset',
    join(state, 'none'),
    '--audios',
    join(state, 'none'),
    '--trained',
    join(state, 'none'),
  ];
  const forgotten = await runCommand(people, [
    'forget',
    'Ana',
    '--yes',
    '--json',
    '--state',
    state,
    ...folders,
  ]);
  expect(JSON.parse(forgotten.out)).toMatchObject({ journalEntries: 2 });
  const { out } = await runCommand(journal, ['list', '--state', state]);
  expect(out).toContain('1        1970-01-02T00:00:00.000Z  decision  granted somebody erased, by face\n');
  expect(out).toContain('erased a person, through the command line');
  expect((await runCommand(journal, ['verify', '--state', state])).exitCode).toBe(0);
});

test('where the journal is damaged nobody is forgotten by half: it says what to do, and the person is still there', async () => {
  const { state } = visited();
  writeFileSync(join(state, 'journal.db'), 'no database at all, and long enough to be looked at'.repeat(90));
  for (const end of ['-wal', '-shm']) rmSync(join(state, `journal.db${end}`), { force: true });
  const folders = ['--dataset', '--audios', '--trained'].flatMap((option) => [option, join(state, 'none')]);
  const forget = () => runCommand(people, ['forget', 'Ana', '--yes', '--state', state, ...folders]);
  expect(await forget()).toMatchObject({ exitCode: 3, err: expect.stringContaining('Move journal.db') });
  expect(openStore(state).find('Ana')).toBeDefined();
  rmSync(join(state, 'journal.db'));
  expect(await forget()).toMatchObject({ exitCode: 0 });
});
