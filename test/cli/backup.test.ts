import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command as backup } from '../../src/cli/backup.ts';
import { command as restore } from '../../src/cli/restore.ts';
import { makeBackup } from '../../src/runtime/backup/backup.ts';
import { consent, faceSample } from '../people/samples.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { vigilPeople } from './people-run.ts';
import { runCommand } from './run-command.ts';

afterEach(removeTemporary);

const original = { mediaType: 'image/jpeg', bytes: Buffer.from('a portrait '.repeat(9_000)) } as const;

/** A device with three people, one of them with an original larger than a segment, and a configuration. */
function device() {
  const folder = temporaryFolder();
  const state = join(folder, 'state');
  const store = openStore(state);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1, { original }), faceSample(2)] });
  store.enrol({ name: 'Eva', consent, samples: [faceSample(3)] });
  store.enrol({ name: 'Ida', consent: null, samples: [faceSample(4)] });
  store.close();
  const config = join(folder, 'vigil.toml');
  writeFileSync(config, '[people]\nkeep_originals = true\n');
  writeFileSync(join(state, 'calibration.json'), '{"v":1}');
  return { folder, state, config, file: join(folder, 'device.backup'), key: join(folder, 'key') };
}

const passphrase = 'correct horse battery';

/** Its backup, with a key that takes no time to try. */
async function backedUp() {
  const made = device();
  const { file, key, state, config } = made;
  writeFileSync(key, `${passphrase}\n`);
  await backupOf(state, config, file);
  return made;
}

function backupOf(stateDirectory: string, configFile: string | undefined, output: string) {
  const request = { stateDirectory, configFile, output, nowUtcMs: 0, version: '0.1.0' };
  const quick = { passphrase: Buffer.from(passphrase), cost: { N: 2 ** 14, r: 1, p: 1 } };
  return makeBackup({ ...request, ...quick }, new AbortController().signal);
}

/** Whoever is known in a state directory, with all of their numbers and originals. */
function everybody(state: string) {
  const store = openStore(state);
  const people = store.people().map((person) => ({
    person,
    samples: store.samples(person.subjectId),
    originals: store
      .originals(person.subjectId)
      .map((one) => Buffer.from(store.openOriginal(one)).toString()),
    history: store.history(person.subjectId),
  }));
  store.close();
  return people;
}

test('a device moves to a new board: people, numbers, originals and history are the same there', async () => {
  const { config, file, key, state, folder } = device();
  const ran = await runCommand(backup, [file, '--key', key, '--state', state, '--config', config]);
  expect(openStore(state).madeFiles()).toMatchObject([{ kind: 'backup', path: file }]);
  expect([ran.exitCode, ran.err.includes('a new key stands in')]).toEqual([0, true]);
  expect([statSync(file).mode & 0o777, statSync(key).mode & 0o777]).toEqual([0o600, 0o600]);
  const board = join(folder, 'board/state');
  const restored = await runCommand(restore, [file, '--key', key, '--state', board]);
  expect([restored.exitCode, restored.out.includes('3 enrolled')]).toEqual([0, true]);
  expect(everybody(board)).toEqual(everybody(state));
  expect(readFileSync(join(board, 'vigil.toml'), 'utf8')).toContain('keep_originals');
  expect(readFileSync(join(board, 'calibration.json'), 'utf8')).toBe('{"v":1}');
  expect(statSync(join(board, 'keys')).mode & 0o777).toBe(0o600);
}, 30_000);

test('nothing of what is in a backup can be read in it', async () => {
  const { file } = await backedUp();
  const bytes = readFileSync(file);
  for (const word of ['CREATE TABLE', 'portrait', 'storeKey', 'SQLite', 'keep_originals', 'people.db']) {
    expect([word, bytes.includes(word)]).toEqual([word, false]);
  }
});

test('a backup that is damaged or cut off anywhere is refused before anything is touched', async () => {
  const { file, key, folder } = await backedUp();
  const whole = readFileSync(file);
  const board = join(folder, 'board');
  const heading = whole.indexOf(0x0a);
  const places = [0, 20, heading - 3, heading + 1, 70_000, whole.length - 1];
  const broken = [
    ...places.map((place) => {
      const copy = Buffer.from(whole);
      copy[place]! ^= 1;
      return copy;
    }),
    ...[0, heading + 1, heading + 1 + 65_552, whole.length - 1].map((length) => whole.subarray(0, length)),
    Buffer.concat([whole, Buffer.from('more')]),
  ];
  for (const bytes of broken) {
    writeFileSync(file, bytes);
    const ran = await runCommand(restore, [file, '--key', key, '--state', board]);
    expect([ran.exitCode, ran.out]).toEqual([2, '']);
    expect(readdirSync(folder).sort()).toEqual(['device.backup', 'key', 'state', 'vigil.toml']);
  }
});

test('another key, no key, a foreign file and a missing one are named', async () => {
  const { file, key, folder } = await backedUp();
  const other = join(folder, 'other key');
  writeFileSync(other, 'another horse battery\n');
  const short = join(folder, 'short');
  writeFileSync(short, 'secret\n');
  const foreign = join(folder, 'foreign');
  writeFileSync(foreign, 'PK\u0003\u0004'.repeat(4_000));
  for (const [words, message] of [
    [[file, '--key', other], 'the key is not that of this backup'],
    [[file, '--key', short], '6 characters can be guessed'],
    [[file], 'Give --key FILE'],
    [[file, '--key', join(folder, 'none')], 'there is no such file'],
    [[foreign, '--key', key], 'This is no backup of vigil'],
    [[join(folder, 'none'), '--key', key], 'there is no such file'],
    [['--key', key], 'One FILE is needed'],
  ] as const) {
    const ran = await runCommand(restore, [...words, '--state', join(folder, 'board')]);
    expect([ran.exitCode, ran.err]).toEqual([2, expect.stringContaining(message)]);
  }
  expect(existsSync(join(folder, 'board'))).toBe(false);
}, 30_000);

test('a device that has people is not overwritten; with --replace it is put aside whole', async () => {
  const { file, key, state, folder } = await backedUp();
  const store = openStore(state);
  store.enrol({ name: 'Zoe', consent, samples: [faceSample(9)] });
  store.close();
  const refused = await runCommand(restore, [file, '--key', key, '--state', state]);
  expect([refused.exitCode, refused.err.includes('is not empty')]).toEqual([2, true]);
  expect(everybody(state)).toHaveLength(4);
  const replaced = await runCommand(restore, [file, '--key', key, '--state', state, '--replace', '--json']);
  const { asideAs } = JSON.parse(replaced.out);
  expect([everybody(state).length, everybody(asideAs).length]).toEqual([3, 4]);
  expect(openStore(state).madeFiles()).toMatchObject([{ kind: 'backup', path: asideAs }]);
  expect(readdirSync(folder).filter((name) => name.includes('restoring'))).toEqual([]);
});

test('people of a newer vigil are refused wholly', async () => {
  const { folder, state, key } = device();
  const database = new Database(join(state, 'people.db'));
  database.run('PRAGMA user_version = 999');
  database.close();
  const file = join(folder, 'newer.backup');
  writeFileSync(key, passphrase);
  // As the newer one would make it: this one does not open such a store.
  await backupOf(state, undefined, file);
  const board = join(folder, 'board');
  const ran = await runCommand(restore, [file, '--key', key, '--state', board]);
  expect([ran.exitCode === 0, ran.err.includes('newer vigil'), existsSync(board)]).toEqual([
    false,
    true,
    false,
  ]);
});

test('nothing is overwritten by a backup, and a device without people has none', async () => {
  const { file, key, state } = await backedUp();
  const again = await runCommand(backup, [file, '--key', key, '--state', state]);
  expect([again.exitCode, again.err.includes('is there already')]).toEqual([2, true]);
  const none = await runCommand(backup, [`${file}2`, '--key', key, '--state', temporaryFolder()]);
  expect([none.exitCode, none.err.includes('there is nothing to back up')]).toEqual([3, true]);
});

test('forgetting somebody deletes the backups they are in; one that was moved is named', async () => {
  const { file, state, folder } = await backedUp();
  const store = openStore(state);
  for (const path of [file, `${file}2`]) store.noteMadeFile('backup', path, []);
  store.close();
  const places = ['--dataset', folder, '--audios', folder, '--trained', folder, '--state', state];
  const { out, err } = await vigilPeople('forget', 'Ana', '--yes', '--json', ...places);
  expect(JSON.parse(out)).toMatchObject({ originals: 1, backupsDeleted: 1, backupsMoved: 1 });
  expect(existsSync(file)).toBe(false);
  expect(err).toContain(`the backup ${file}2 is no longer there`);
});

test('a person gets everything that is stored about them, in a folder that only the owner can read', async () => {
  const { state, folder } = device();
  const output = join(folder, 'for Ana');
  const dataset = join(folder, 'dataset');
  const places = ['--dataset', dataset, '--audios', folder, '--trained', folder, '--state', state];
  await Bun.write(join(dataset, 'Ana.jpg'), 'a picture of her');
  await Bun.write(join(dataset, 'Eva.jpg'), 'a picture of somebody else');
  await vigilPeople('edit', 'Ana', '--until', '2031-01-31', '--state', state);
  const { exitCode, out } = await vigilPeople('export', 'ana', '--output', output, '--json', ...places);
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ samples: 2, journalEntries: 1, originals: 1, files: 1 });
  const person = JSON.parse(readFileSync(join(output, 'person.json'), 'utf8'));
  expect(person).toMatchObject({ name: 'Ana', lastDay: '2031-01-31', consent: { recordedBy: 'Olga' } });
  expect(person.samples[0].embedding).toHaveLength(128);
  expect(person.history.map((one: { action: string }) => one.action)).toEqual(['terms-changed', 'enrolled']);
  expect(readFileSync(join(output, 'originals/face-1.jpg'), 'utf8')).toContain('a portrait');
  expect(readFileSync(join(output, 'files/1-Ana.jpg'), 'utf8')).toBe('a picture of her');
  expect(statSync(output).mode & 0o777).toBe(0o700);
  const all = readdirSync(output, { recursive: true, encoding: 'utf8' });
  expect(all.filter((path) => readFile(join(output, path)).includes('Eva'))).toEqual([]);
  const again = vigilPeople('export', 'Ana', '--output', output, ...places);
  expect(String(await again.catch((error) => error))).toContain('is there already');
  const forgotten = await vigilPeople('forget', 'Ana', '--yes', '--json', ...places);
  expect([JSON.parse(forgotten.out).exportsDeleted, existsSync(output)]).toEqual([1, false]);
});

function readFile(path: string): string {
  return statSync(path).isFile() ? readFileSync(path, 'utf8') : '';
}
