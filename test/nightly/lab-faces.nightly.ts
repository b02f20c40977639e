import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../hal/sim/random.ts';
import { readConfig } from '../../src/config/read.ts';
import { type LabFaces, openLabFaces } from '../../src/lab/cache/remembered-faces.ts';
import { readFaceDataset } from '../../src/lab/dataset.ts';
import { FacePool } from '../../src/lab/faces.ts';
import { measureMasks } from '../../src/lab/masks/measure.ts';
import { tsne } from '../../src/lab/projection/tsne.ts';
import { measureRobustness } from '../../src/lab/robustness/measure.ts';
import { readPicture } from '../../src/runtime/picture-input.ts';
import { writeDemoPeople } from '../lab/demo-people.ts';
import { skipReason, testData } from '../support/test-data.ts';

const { signal } = new AbortController();
const lfw = 'data/faces/lfw/images';
const root = mkdtempSync(join(tmpdir(), 'vigil-lab-'));
let opened: LabFaces;

beforeAll(async () => {
  const { config } = await readConfig({ file: undefined, flags: [] });
  opened = await openLabFaces(
    { config, stateDirectory: join(root, 'state'), threads: 2, cache: undefined },
    signal,
  );
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

async function experiment(folder: string) {
  const dataset = await readFaceDataset(folder, signal);
  const faces = new FacePool(opened);
  return { dataset, masked: undefined, seed: 1, faces, read: readPicture, progress: () => {} };
}

test('t-SNE of 1,300 faces takes less than 20 seconds', async () => {
  const random = Random.seeded(1);
  const faces = Array.from({ length: 1300 }, () => random.unitVector(128));
  const startMs = performance.now();
  await tsne(faces, { random: () => random.uniform(), progress: () => {}, signal });
  expect(performance.now() - startMs).toBeLessThan(20_000);
}, 60_000);

test('every disturbance is measured on two people, the same way for one seed', async () => {
  await writeDemoPeople(join(root, 'people'), 2, 2);
  const task = { ...(await experiment(join(root, 'people'))), people: 2 };
  const figures = await measureRobustness(task, signal);
  expect(figures).toMatchObject({ people: 2, otherPicture: true });
  for (const { disturbance, levels } of figures.disturbances) {
    expect([disturbance.id, levels[0]!.recognised.count]).toEqual([disturbance.id, 2]);
    expect(levels).toHaveLength(disturbance.levels.length + 1);
  }
  expect(await measureRobustness(task, signal)).toEqual(figures);
}, 300_000);

describe.skipIf(testData(lfw) === undefined)(`people of Labeled Faces in the Wild${skipReason(lfw)}`, () => {
  test('are recognised with a mask more often when a masked picture is enrolled, too', async () => {
    const figures = await measureMasks({ ...(await experiment(testData(lfw)!)), people: 30 }, signal);
    const [masked, bare, both] = figures.table;
    expect(both!.recognisedMasked.count).toBeGreaterThan(bare!.recognisedMasked.count);
    expect(bare!.recognisedBare.count).toBeGreaterThan(masked!.recognisedBare.count);
    expect(bare!.strangersBare.count / bare!.strangersBare.of).toBeLessThan(0.03);
  }, 300_000);
});
