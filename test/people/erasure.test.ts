import { afterEach, expect, test } from 'bun:test';
import { join } from 'node:path';
import { found, name, searches, storeWithPerson } from './erasure-search.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

test('nothing readable of a person lies in the state directory even while they are known', () => {
  const directory = temporaryFolder();
  const { sample } = storeWithPerson(directory);
  const readable = Object.entries(searches(directory, sample)).filter(
    ([what]) => !what.startsWith('sealed') && !what.endsWith(' id'),
  );
  expect(readable.length).toBeGreaterThan(12);
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
