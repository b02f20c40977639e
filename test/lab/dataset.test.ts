import { afterEach, beforeEach, expect, test } from 'bun:test';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFaceDataset } from '../../src/lab/dataset.ts';

const { signal } = new AbortController();
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigil-dataset-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

const failure = (folder: string) => readFaceDataset(folder, signal).catch((error: Error) => error.message);

test('a folder a person and a file a person are both read, in one order everywhere', async () => {
  write('Bea/2.jpg', 'b2');
  write('Bea/1.jpg', 'b1');
  write('Ana.jpg', 'a1');
  write('Ana.garden.jpg', 'a2');
  const { people, remarks } = await readFaceDataset(root, signal);
  expect(people.map(({ person, pictures }) => [person, pictures.length])).toEqual([
    ['Ana', 2],
    ['Bea', 2],
  ]);
  expect(people[1]!.pictures.map(({ path }) => path.slice(root.length))).toEqual([
    '/Bea/1.jpg',
    '/Bea/2.jpg',
  ]);
  expect(remarks).toEqual([]);
});

test('a picture that lies there twice counts once, and one under two names for nobody; both are said', async () => {
  write('Ana/1.jpg', 'a');
  write('Ana/copy.jpg', 'a');
  write('Bea/1.jpg', 'b');
  write('Bea/2.jpg', 'same');
  write('Cleo/1.jpg', 'same');
  const { people, remarks } = await readFaceDataset(root, signal);
  expect(people.map(({ person, pictures }) => [person, pictures.length])).toEqual([
    ['Ana', 1],
    ['Bea', 1],
  ]);
  expect(remarks).toEqual([
    '1 file: the same picture of somebody again, counted once (Ana/copy.jpg)',
    '2 files: the same picture under several names, left out of all (Bea/2.jpg, Cleo/1.jpg)',
  ]);
});

test('a folder that is not there, is a file, or is empty says what is wanted', async () => {
  write('file.jpg', 'x');
  expect(await failure(join(root, 'nowhere'))).toContain('a folder of pictures a person');
  expect(await failure(join(root, 'file.jpg'))).toContain('it is not a folder');
  mkdirSync(join(root, 'empty'));
  expect(await failure(join(root, 'empty'))).toContain('no picture of anybody');
});

test('what cannot be read is said and stops nothing', async () => {
  write('Ana/1.jpg', 'a');
  symlinkSync('/nowhere/at/all', join(root, 'Ana', 'lost.jpg'));
  if (process.getuid?.() !== 0) {
    write('Ana/secret.jpg', 's');
    chmodSync(join(root, 'Ana/secret.jpg'), 0);
  }
  const { people, remarks } = await readFaceDataset(root, signal);
  expect(people[0]!.pictures).toHaveLength(1);
  expect(remarks.join()).toContain('Ana/lost.jpg');
});
