import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { readConfig } from '../../src/config/read.ts';
import { type LabFaces, openLabFaces } from '../../src/lab/cache/remembered-faces.ts';
import { readFaceDataset } from '../../src/lab/dataset.ts';
import { FacePool } from '../../src/lab/faces.ts';
import { measureMasks } from '../../src/lab/masks/measure.ts';
import { project } from '../../src/lab/projection/measure.ts';
import { measureRobustness } from '../../src/lab/robustness/measure.ts';
import { readPicture } from '../../src/runtime/picture-input.ts';
import { writeDemoPeople } from './demo-people.ts';

const { signal } = new AbortController();
const root = mkdtempSync(join(tmpdir(), 'vigil-experiments-'));
let opened: LabFaces;
let faces: FacePool;

beforeAll(async () => {
  const { config } = await readConfig({ file: undefined, flags: [] });
  opened = await openLabFaces(
    { config, stateDirectory: join(root, 'state'), threads: 1, cache: undefined },
    signal,
  );
  faces = new FacePool(opened);
  await writeDemoPeople(join(root, 'people'), 4, 2);
});

afterAll(async () => {
  await opened[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

async function experiment(folder: string) {
  const dataset = await readFaceDataset(join(root, folder), signal);
  const common = { dataset, masked: undefined, seed: 1, faces, read: readPicture, progress: () => {} };
  return { ...common, people: 10, pictures: 100, thumbnails: true };
}

describe('of four people with two pictures each', () => {
  test('the mask table enrols three, has one stranger, and tries nobody with what was enrolled', async () => {
    const task = await experiment('people');
    const figures = await measureMasks(task, signal);
    expect(figures).toMatchObject({ people: 3, strangers: 1, realMasks: 0, remarks: [] });
    // Of three people one bare and one masked picture are left, of the stranger two and two.
    expect(figures.probes).toBe(3 * 2 + 4);
    const bare = figures.table.find(({ enrolled }) => enrolled === 'bare')!;
    expect(bare.recognisedBare).toMatchObject({ count: 3, of: 3 });
    expect(bare.strangersBare).toMatchObject({ count: 0, of: 2 });
    expect(await measureMasks(task, signal)).toEqual(figures);
  }, 30_000);

  test('photographed masks are used where there are two of a person, and counted', async () => {
    const task = await experiment('people');
    // Any other pictures of the same people stand for masked ones.
    const masked = { ...task.dataset, people: task.dataset.people.filter(({ person }) => person !== 'P01') };
    expect((await measureMasks({ ...task, masked }, signal)).realMasks).toBe(3);
  }, 30_000);

  test('the projection has a point a face, apart from those of others, and a small picture of each', async () => {
    const { bare, all } = await project(await experiment('people'), signal);
    expect(bare.faces.map(({ person }) => person)).toEqual([
      'P01',
      'P01',
      'P02',
      'P02',
      'P03',
      'P03',
      'P04',
      'P04',
    ]);
    expect(bare.figures).toMatchObject({ pictures: 8, people: 4, groups: { groups: 4 } });
    expect(all.faces.filter(({ mask }) => mask === 'drawn mask').length).toBeGreaterThan(4);
    const thumbnail = await sharp(all.faces[0]!.thumbnail!).metadata();
    expect([thumbnail.format, thumbnail.width, thumbnail.height]).toEqual(['jpeg', 72, 72]);
  }, 30_000);
});

describe('of a folder that does not suffice', () => {
  const message = (failed: Promise<unknown>) =>
    failed.then(
      () => 'none',
      (error: Error) => error.message,
    );

  test('one person, one picture, and pictures without a face are said, with what is needed', async () => {
    await writeDemoPeople(join(root, 'one-person'), 1, 2);
    await writeDemoPeople(join(root, 'one-picture'), 1, 1);
    mkdirSync(join(root, 'faceless/Ana'), { recursive: true });
    const grey = { create: { width: 64, height: 64, channels: 3 as const, background: '#777' } };
    await sharp(grey).png().toFile(join(root, 'faceless/Ana/1.png'));
    await sharp({ ...grey, create: { ...grey.create, background: '#333' } })
      .png()
      .toFile(join(root, 'faceless/Ana/2.png'));
    for (const [folder, robust, masks, plane] of [
      ['one-person', 'Only one person', 'Only 1 of the people', 'Faces were found in 2'],
      ['one-picture', 'Only one person', 'Nobody has two pictures', 'Faces were found in 1'],
      ['faceless', 'No face was found', 'Only 1 of the people', 'Faces were found in 0'],
    ] as const) {
      const task = await experiment(folder);
      expect(await message(measureRobustness(task, signal))).toContain(robust);
      expect(await message(measureMasks(task, signal))).toContain(masks);
      expect(await message(project(task, signal))).toContain(plane);
    }
  }, 30_000);

  test('a file that is no picture is left out and said', async () => {
    await writeDemoPeople(join(root, 'broken'), 2, 2);
    writeFileSync(join(root, 'broken/P01/notes.jpg'), 'not a picture');
    const { bare, remarks } = await project(await experiment('broken'), signal);
    expect(bare.faces).toHaveLength(4);
    expect(remarks).toEqual([expect.stringContaining('1 file: cannot be read (')]);
  }, 30_000);

  test('an abort ends each of them with its reason', async () => {
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    const task = await experiment('people');
    for (const measure of [measureMasks, measureRobustness, project]) {
      expect(await measure(task, aborted).catch((error: unknown) => error)).toBe(reason);
    }
  });
});
