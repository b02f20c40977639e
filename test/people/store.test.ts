import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PeopleStoreError, type PeopleStoreErrorKind } from '../../src/people/errors.ts';
import { PeopleStore } from '../../src/people/store.ts';
import { consent, faceSample, sha256 } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

function kindOf(action: () => unknown): PeopleStoreErrorKind | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof PeopleStoreError) return error.kind;
    throw error;
  }
  return undefined;
}

test('what was enrolled is there, number for number, after closing and opening again', () => {
  const directory = temporaryFolder();
  const first = openStore(directory);
  const { person, isNew } = first.enrol({ name: '  Ana  López ', consent, samples: [faceSample(1)] });
  expect(isNew).toBe(true);
  first.close();

  const again = openStore(directory);
  expect(again.people()).toEqual([
    {
      subjectId: person.subjectId,
      name: 'Ana López',
      createdAtUtcMs: 1_700_000_000_000,
      consent,
      disabled: false,
      hours: null,
      lastDay: null,
      faceSamples: 1,
      voiceSamples: 0,
    },
  ]);
  const [sample] = again.samples(person.subjectId);
  expect(sample).toMatchObject(faceSample(1));
  expect(sample?.addedAtUtcMs).toBe(1_700_000_000_000);
});

test('a subject id is random and tells nothing of the name', () => {
  const a = openStore(temporaryFolder()).enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const b = openStore(temporaryFolder()).enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  expect(a.person.subjectId).toMatch(/^p_[0-9a-z]{8}$/);
  expect(a.person.subjectId).not.toBe(b.person.subjectId);
});

test('a subject id that is taken is drawn again', () => {
  const draws = [1, 1, 2].map((value) => new Uint8Array(8).fill(value));
  const store = PeopleStore.open({
    directory: temporaryFolder(),
    wallClock: { nowUtcMs: () => 0 },
    randomBytes: () => draws.shift()!,
  });
  const a = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const b = store.enrol({ name: 'Berta', consent, samples: [faceSample(2)] });
  expect([a.person.subjectId, b.person.subjectId]).toEqual(['p_11111111', 'p_22222222']);
  store.close();
});

test('spellings that differ in case, composition or blanks are one person', () => {
  const store = openStore(temporaryFolder());
  store.enrol({ name: 'José Straße', consent, samples: [faceSample(1)] });
  const second = store.enrol({ name: 'JOSE\u0301  STRASSE', consent: null, samples: [faceSample(2)] });
  expect(second.isNew).toBe(false);
  expect(second.person.name).toBe('José Straße');
  expect(second.person.consent).toEqual(consent);
  expect(store.people()).toHaveLength(1);
  expect(store.find('josé straße')?.subjectId).toBe(second.person.subjectId);
});

test('the same picture is not stored twice, and an explicit enrolment takes it over from the dataset', () => {
  const store = openStore(temporaryFolder());
  const contentSha256 = sha256('one picture');
  const dataset = { source: 'dataset', root: '/d', path: 'Ana.jpg', contentSha256 } as const;
  const file = { source: 'file', path: '/home/ana.jpg', contentSha256 } as const;
  const { person } = store.enrol({
    name: 'Ana',
    consent: null,
    samples: [faceSample(1, { provenance: dataset })],
  });
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1, { provenance: file })] });
  store.enrol({ name: 'Ana', consent: null, samples: [faceSample(1, { provenance: dataset })] });
  expect(store.samples(person.subjectId).map((sample) => sample.provenance)).toEqual([file]);
});

test('an enrolment that fails in the middle leaves nothing behind', () => {
  const store = openStore(temporaryFolder());
  const broken = faceSample(2, { embedding: new Float32Array([Number.NaN]) });
  expect(kindOf(() => store.enrol({ name: 'Ana', consent, samples: [faceSample(1), broken] }))).toBe(
    'sample-invalid',
  );
  const contentSha256 = sha256('picture 3');
  const { person } = store.enrol({ name: 'Eva', consent, samples: [faceSample(3)] });
  store.forget(person.subjectId);
  const banned = faceSample(3, {
    provenance: { source: 'dataset', root: '/d', path: 'Eva.jpg', contentSha256 },
  });
  expect(kindOf(() => store.enrol({ name: 'Eva', consent, samples: [faceSample(4), banned] }))).toBe(
    'forgotten',
  );
  expect(store.people()).toEqual([]);
});

test('a forgotten picture stays out of imports until somebody enrols it on purpose', () => {
  const store = openStore(temporaryFolder());
  const contentSha256 = sha256('picture');
  const provenance = { source: 'file', path: '/x.jpg', contentSha256 } as const;
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1, { provenance })] });
  const receipt = store.forget(person.subjectId, [sha256('another of hers')]);
  expect(receipt).toEqual({ people: 1, samples: 1, rememberedContents: 2, scrubbed: true });
  expect(store.isForgotten(contentSha256)).toBe(true);
  expect(store.isForgotten(sha256('another of hers'))).toBe(true);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1, { provenance })] });
  expect(store.isForgotten(contentSha256)).toBe(false);
});

test('forgetting somebody who is gone already is no error', () => {
  const store = openStore(temporaryFolder());
  expect(store.forget('p_00000000')).toMatchObject({ people: 0, samples: 0 });
});

test('a disabled person stays disabled over a restart', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.setTerms(person.subjectId, { disabled: true });
  store.close();
  expect(openStore(directory).find('Ana')?.disabled).toBe(true);
});

test('the files are readable by their owner only', () => {
  const directory = temporaryFolder();
  const store = openStore(join(directory, 'state'));
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  expect(statSync(join(directory, 'state')).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(join(directory, 'state'))) {
    expect([file, statSync(join(directory, 'state', file)).mode & 0o077]).toEqual([file, 0]);
  }
});

test('two processes work on one store, and each sees that the other has written', () => {
  const directory = temporaryFolder();
  const running = openStore(directory);
  const before = running.revision();
  expect(running.revision()).toBe(before);
  openStore(directory).enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  expect(running.revision()).not.toBe(before);
  expect(running.people().map((person) => person.name)).toEqual(['Ana']);
});

test('a write while another process writes waits, then says that the store is locked', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const other = new Database(join(directory, 'people.db'));
  other.run('BEGIN IMMEDIATE');
  expect(kindOf(() => store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] }))).toBe('locked');
  other.run('ROLLBACK');
  other.close();
  expect(kindOf(() => store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] }))).toBeUndefined();
});

test('a reader in another process does not stop an erasure, it is finished at the next open', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const reader = new Database(join(directory, 'people.db'));
  reader.run('BEGIN');
  reader.query('SELECT * FROM person').all();
  expect(store.forget(person.subjectId)).toMatchObject({ people: 1, scrubbed: false });
  expect(store.people()).toEqual([]);
  reader.run('COMMIT');
  reader.close();
  store.close();
  openStore(directory).close();
  expect(readFileSync(join(directory, 'people.db')).includes(person.subjectId)).toBe(false);
});

test('a damaged, foreign or newer database says so and stays as it is', () => {
  const enrolled = temporaryFolder();
  const path = join(enrolled, 'people.db');
  const store = openStore(enrolled);
  for (let i = 0; i < 20; i++) store.enrol({ name: `Person ${i}`, consent, samples: [faceSample(i)] });
  store.close();

  const damages: [PeopleStoreErrorKind, (database: Buffer) => Buffer][] = [
    ['corrupt', () => Buffer.from('this is no database, and long enough to be looked at as one'.repeat(100))],
    [
      'corrupt',
      (database) => Buffer.from(database.map((byte, at) => (at > 4096 && at % 3 === 0 ? 0xff : byte))),
    ],
    ['corrupt', (database) => database.subarray(0, database.length / 2)],
    // user_version stands at offset 60.
    ['newer-version', (database) => Buffer.from(database.map((byte, at) => (at === 63 ? 99 : byte)))],
  ];
  const good = readFileSync(path);
  for (const [kind, damage] of damages) {
    writeFileSync(path, damage(good));
    const before = sha256(readFileSync(path).toString('hex'));
    expect(kindOf(() => openStore(enrolled))).toBe(kind);
    expect(sha256(readFileSync(path).toString('hex'))).toBe(before);
  }
  writeFileSync(path, good);
  expect(openStore(enrolled).people()).toHaveLength(20);
});

test('a key that is missing, cut off or of another store is named, and never replaced', () => {
  const directory = temporaryFolder();
  openStore(directory).enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  const other = temporaryFolder();
  openStore(other);
  const keys = join(directory, 'keys');
  const saved = readFileSync(keys);

  truncateSync(keys, 20);
  expect(kindOf(() => openStore(directory))).toBe('key-missing');
  rmSync(keys);
  expect(kindOf(() => openStore(directory))).toBe('key-missing');
  copyFileSync(join(other, 'keys'), keys);
  expect(kindOf(() => openStore(directory))).toBe('key-wrong');
  writeFileSync(keys, saved);
  expect(openStore(directory).people()).toHaveLength(1);
});

test('sealed bytes moved from one person to another do not open', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.enrol({ name: 'Eva', consent, samples: [faceSample(2)] });
  const thief = new Database(join(directory, 'people.db'));
  thief.run('UPDATE sample SET embedding = (SELECT embedding FROM sample ORDER BY sample_id LIMIT 1)');
  thief.close();
  expect(kindOf(() => store.embeddings('face', 'pipe-1'))).toBe('corrupt');
});

test('a closed store says so, and closing twice is fine', () => {
  const store = openStore(temporaryFolder());
  store.close();
  store.close();
  expect(kindOf(() => store.people())).toBe('closed');
});

test('a state directory that cannot be is an error with advice', () => {
  const directory = temporaryFolder();
  writeFileSync(join(directory, 'file'), '');
  expect(kindOf(() => openStore(join(directory, 'file')))).toBe('io');
  expect(kindOf(() => openStore(join(directory, 'file', 'below')))).toBe('io');
});

const hours = [{ days: ['mon'], fromMinute: 480, untilMinute: 1_080 }] as const;

test('hours and a last day last over a restart, another consent and more samples, until they are taken back', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent: null, samples: [faceSample(1)] });
  store.setTerms(person.subjectId, { hours, lastDay: '2026-01-31' });
  store.enrol({ name: 'Ana', consent, samples: [faceSample(2)] });
  store.close();
  const again = openStore(directory);
  expect(again.find('Ana')).toMatchObject({ consent, hours, lastDay: '2026-01-31', disabled: false });
  again.setTerms(person.subjectId, { hours: null, lastDay: null });
  expect(again.find('Ana')).toMatchObject({ consent, hours: null, lastDay: null });
});

test('hours and a last day are sealed on the disk', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  store.setTerms(person.subjectId, { hours, lastDay: '2031-07-08' });
  store.close();
  const bytes = readFileSync(join(directory, 'people.db'), 'latin1');
  expect(bytes).not.toContain('2031-07-08');
  expect(bytes).not.toContain('fromMinute');
});

test('a person with a last day stays known when their pictures are taken out of a folder, so that it is not lost', () => {
  const store = openStore(temporaryFolder());
  const provenance = {
    source: 'dataset',
    root: '/d',
    path: 'Ana.jpg',
    contentSha256: sha256('picture'),
  } as const;
  const { person } = store.enrol({ name: 'Ana', consent: null, samples: [faceSample(1, { provenance })] });
  store.setTerms(person.subjectId, { hours: null, lastDay: '2026-01-31' });
  expect(store.eraseMissing('/d', { contents: [], paths: [] })).toMatchObject({ people: 0, samples: 1 });
  expect(store.find('Ana')?.lastDay).toBe('2026-01-31');
});

test('setting terms of somebody who is gone already is no error', () => {
  const store = openStore(temporaryFolder());
  store.setTerms('p_00000000', { hours, lastDay: null });
  expect(store.people()).toEqual([]);
});
