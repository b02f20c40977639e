import { afterEach, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PeopleStoreError } from '../../src/people/errors.ts';
import type { NewSample } from '../../src/people/person.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { consent, faceSample } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const text = 'the very bytes of a portrait';
const kept = (seed: number): NewSample =>
  faceSample(seed, { original: { mediaType: 'image/jpeg', bytes: Buffer.from(`${text} ${seed}`) } });
const files = (directory: string) =>
  existsSync(join(directory, 'originals')) ? readdirSync(join(directory, 'originals')) : [];

function enrolled(directory: string): { store: PeopleStore; subjectId: string } {
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent, samples: [kept(1), kept(2)] });
  return { store, subjectId: person.subjectId };
}

test('an original comes back byte for byte after a restart, and lies sealed, readable by its owner only', () => {
  const directory = temporaryFolder();
  const { store, subjectId } = enrolled(directory);
  store.close();
  const again = openStore(directory);
  const originals = again.originals(subjectId);
  expect(originals).toMatchObject([{ kind: 'face', mediaType: 'image/jpeg' }, { kind: 'face' }]);
  expect(originals.map((one) => Buffer.from(again.openOriginal(one)).toString())).toEqual([
    `${text} 1`,
    `${text} 2`,
  ]);
  for (const file of files(directory)) {
    const path = join(directory, 'originals', file);
    expect(readFileSync(path).includes(text)).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
});

test('without originals nothing is kept but numbers', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  expect([store.originals(person.subjectId), files(directory)]).toEqual([[], []]);
});

test('the same picture is kept once, however often it is enrolled', () => {
  const directory = temporaryFolder();
  const { store, subjectId } = enrolled(directory);
  store.enrol({ name: 'Ana', consent, samples: [kept(1)] });
  expect(store.originals(subjectId)).toHaveLength(2);
  expect(files(directory)).toHaveLength(2);
});

test('an original goes with its person and with an enrolment that is undone', () => {
  const directory = temporaryFolder();
  const { store, subjectId } = enrolled(directory);
  store.enrol({ name: 'Ana', consent, samples: [kept(3)] });
  store.enrol({ name: 'Eva', consent, samples: [kept(9)] });
  store.undo(subjectId);
  expect([store.originals(subjectId).length, files(directory).length]).toEqual([2, 3]);
  store.forget(subjectId);
  expect(files(directory)).toHaveLength(1);
});

test('an original of a sample that was removed stays for as long as it can be brought back', () => {
  const directory = temporaryFolder();
  const { store, subjectId } = enrolled(directory);
  store.removeSample(store.samples(subjectId)[0]!);
  store.enrol({ name: 'Eva', consent, samples: [kept(9)] });
  store.undo();
  expect(files(directory)).toHaveLength(2);
  store.undo();
  expect(store.samples(subjectId)).toHaveLength(2);
  expect(store.originals(subjectId)).toHaveLength(2);
});

test('a file that a crash has left without a row goes at the next open', () => {
  const directory = temporaryFolder();
  const { store } = enrolled(directory);
  store.close();
  writeFileSync(join(directory, 'originals', 'o_left'), 'written just before the power went');
  openStore(directory);
  expect(files(directory)).toHaveLength(2);
  expect(files(directory)).not.toContain('o_left');
});

test('an enrolment that fails leaves no original behind', () => {
  const directory = temporaryFolder();
  const store = openStore(directory);
  const { person } = store.enrol({ name: 'Eva', consent, samples: [faceSample(3)] });
  store.forget(person.subjectId);
  const { contentSha256 } = faceSample(3).provenance;
  const banned = faceSample(3, {
    provenance: { source: 'dataset', root: '/d', path: 'Eva.jpg', contentSha256 },
  });
  expect(() => store.enrol({ name: 'Ana', consent, samples: [kept(1), banned] })).toThrow(PeopleStoreError);
  store.close();
  openStore(directory);
  expect(files(directory)).toEqual([]);
});

test('an original that is gone or was altered is named, and no other bytes are given for it', () => {
  const directory = temporaryFolder();
  const { store, subjectId } = enrolled(directory);
  const [first, second] = store.originals(subjectId);
  rmSync(join(directory, 'originals', first!.originalId));
  writeFileSync(join(directory, 'originals', second!.originalId), 'something else, long enough to be sealed');
  expect(() => store.openOriginal(first!)).toThrow('is missing');
  expect(() => store.openOriginal(second!)).toThrow('damaged or was altered');
});
