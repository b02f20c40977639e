import { Database } from 'bun:sqlite';
import { afterEach, expect, test } from 'bun:test';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../../src/people/person.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { consent, faceSample, sha256, unitEmbedding } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const name = 'Wilhelmina Überzwerg';
const path = 'Wilhelmina Überzwerg/birthday.jpg';

/** Everything by which a person could be found in a file. */
function searches(directory: string, sample: Sample): Record<string, Buffer> {
  const database = new Database(join(directory, 'people.db'), { readonly: true });
  const sealed = database
    .query<Record<string, Uint8Array>, [string]>(
      `SELECT profile, wrapped_key, name_tag, embedding, details, content_tag, path_tag
       FROM person JOIN sample USING (subject_id) WHERE sample_id = ?`,
    )
    .get(sample.sampleId);
  database.close();
  const floats = Buffer.from(sample.embedding.buffer);
  return {
    'name, UTF-8': Buffer.from(name),
    'name, UTF-16': Buffer.from(name, 'utf16le'),
    'name, lower case': Buffer.from(name.toLowerCase()),
    'path, UTF-8': Buffer.from(path),
    'subject id': Buffer.from(sample.subjectId),
    'sample id': Buffer.from(sample.sampleId),
    'embedding, raw': floats.subarray(0, 24),
    'embedding, base64': Buffer.from(floats.toString('base64').slice(0, 32)),
    'embedding, hex': Buffer.from(floats.toString('hex').slice(0, 32)),
    'embedding, JSON': Buffer.from(JSON.stringify([...sample.embedding.slice(0, 3)]).slice(1, -1)),
    'content hash, hex': Buffer.from(sample.provenance.contentSha256),
    'content hash, raw': Buffer.from(sample.provenance.contentSha256, 'hex'),
    ...Object.fromEntries(
      Object.entries(sealed ?? {}).map(([column, bytes]) => [`sealed ${column}`, Buffer.from(bytes)]),
    ),
  };
}

function found(directory: string, wanted: Record<string, Buffer>): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    const bytes = readFileSync(join(directory, file));
    return Object.entries(wanted)
      .filter(([, needle]) => bytes.includes(needle))
      .map(([what]) => `${what} in ${file}`);
  });
}

/** A store with the person in the middle of others, so that rows have moved between pages. */
function storeWithPerson(directory: string): { store: PeopleStore; sample: Sample } {
  const store = openStore(directory);
  const enrolOthers = (from: number) => {
    for (let i = from; i < from + 30; i++) {
      store.enrol({ name: `Other ${i}`, consent, samples: [faceSample(i)] });
    }
  };
  enrolOthers(0);
  const provenance = { source: 'dataset', root: '/data', path, contentSha256: sha256('birthday') } as const;
  const { person } = store.enrol({
    name,
    consent,
    samples: [faceSample(1000, { provenance, embedding: unitEmbedding(1000) }), faceSample(1001)],
  });
  enrolOthers(100);
  const sample = store.samples(person.subjectId).find((s) => s.provenance.source === 'dataset');
  if (sample === undefined) throw new Error('the sample was not stored');
  return { store, sample };
}

test('nothing readable of a person lies in the state directory even while they are known', () => {
  const directory = temporaryFolder();
  const { sample } = storeWithPerson(directory);
  const readable = Object.entries(searches(directory, sample)).filter(
    ([what]) => !what.startsWith('sealed') && !what.endsWith(' id'),
  );
  expect(readable.length).toBeGreaterThan(8);
  expect(found(directory, Object.fromEntries(readable))).toEqual([]);
});

test('after forgetting, no name, number, id, hash or sealed byte is left in any file', () => {
  const directory = temporaryFolder();
  const { store, sample } = storeWithPerson(directory);
  const wanted = searches(directory, sample);
  // The search itself can find: before, the sealed bytes are there.
  expect(found(directory, wanted).filter((hit) => hit.startsWith('sealed')).length).toBeGreaterThan(5);
  expect(store.forget(sample.subjectId)).toMatchObject({ samples: 2, scrubbed: true });
  expect(found(directory, wanted)).toEqual([]);
  store.close();
  expect(found(directory, wanted)).toEqual([]);
  expect(openStore(directory).people()).toHaveLength(60);
});

test('a picture taken out of the dataset folder leaves no byte of its sample', () => {
  const directory = temporaryFolder();
  const { store, sample } = storeWithPerson(directory);
  const {
    'sealed embedding': embedding,
    'sealed details': details,
    'sample id': id,
  } = searches(directory, sample);
  store.eraseMissing('/data', { contents: [], paths: [] });
  expect(found(directory, { embedding: embedding!, details: details!, id: id! })).toEqual([]);
  expect(store.find(name)).toBeDefined();
});

test('kill -9 while forgetting: the person is whole, or wholly gone after the next open', async () => {
  const template = temporaryFolder();
  const { store, sample } = storeWithPerson(template);
  const wanted = searches(template, sample);
  store.close();
  for (let delayMs = 0; delayMs < 24; delayMs += 2) {
    const directory = temporaryFolder();
    cpSync(template, directory, { recursive: true });
    const child = Bun.spawn(
      [process.execPath, join(import.meta.dir, 'forget-when-told.ts'), directory, sample.subjectId],
      { stdout: 'pipe', stderr: 'inherit' },
    );
    let said = '';
    for await (const piece of child.stdout) {
      said += new TextDecoder().decode(piece);
      await Bun.sleep(delayMs);
      child.kill('SIGKILL');
    }
    const reopened = openStore(directory);
    const isGone = reopened.find(name) === undefined;
    if (said.includes('forgotten')) expect(isGone).toBe(true);
    if (isGone) expect(found(directory, wanted)).toEqual([]);
    else expect(reopened.samples(sample.subjectId)).toHaveLength(2);
    expect(reopened.people()).toHaveLength(isGone ? 60 : 61);
    reopened.close();
  }
}, 30_000);

test('kill -9 while enrolling: everybody who was confirmed is there, nobody is there by half', async () => {
  const directory = temporaryFolder();
  openStore(directory).close();
  for (let round = 0; round < 3; round++) {
    const child = Bun.spawn(
      [process.execPath, join(import.meta.dir, 'enrol-without-end.ts'), directory, String(round)],
      { stdout: 'pipe', stderr: 'inherit' },
    );
    let confirmed = '';
    for await (const piece of child.stdout) {
      confirmed += new TextDecoder().decode(piece);
      if (confirmed.split('\n').length > 20) child.kill('SIGKILL');
    }
    const store = openStore(directory);
    const names = new Set(store.people().map((person) => person.name));
    const lines = confirmed.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThanOrEqual(20);
    for (const line of lines) expect(names.has(line)).toBe(true);
    for (const person of store.people()) expect(store.samples(person.subjectId)).toHaveLength(2);
    store.close();
  }
});
