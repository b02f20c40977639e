import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import type { Box } from '../../hal/contract/face-models.ts';
import { loadFaceFinder } from '../../src/vision/find-faces.ts';
import { FacePipeline } from '../../src/vision/pipeline.ts';
import { skipReason, testData } from '../support/test-data.ts';
import {
  type AlignedPicture,
  demoPicture,
  readAlignedGolden,
  readRgb,
  readTwoLookGolden,
  shippedPipeline,
  type TwoLookPicture,
} from './golden.ts';

const committed = join(import.meta.dir, '../golden/face');
let pipeline: FacePipeline;

beforeAll(async () => {
  pipeline = await FacePipeline.load(await shippedPipeline(), { smallBoard: false });
});

afterAll(() => pipeline.close());

/** Which first look each column of the golden file was made with. */
const firstLooks = [
  ['first256x192', 'landscape'],
  ['first192x160', 'smallBoard'],
  ['first256x256', 'portrait'],
] as const;

async function expectTwoLooks(pictures: TwoLookPicture[], path: (file: string) => string): Promise<void> {
  const { detector } = await shippedPipeline();
  if (detector.kind !== 'two-look') throw new Error('the shipped pipeline takes two looks');
  for (const [column, role] of firstLooks) {
    // The same first look for every shape of picture, as the golden values were made.
    const one = { ...detector, landscape: detector[role], portrait: detector[role] };
    const finder = await loadFaceFinder(one, { smallBoard: false });
    for (const picture of pictures) {
      const { rgb, widthPx, heightPx } = await readRgb(path(picture.file));
      expect([widthPx, heightPx]).toEqual([picture.widthPx, picture.heightPx]);
      const found = await finder.find(rgb, widthPx, heightPx, undefined);
      const byPlace = found.toSorted((a, b) => a.box.x - b.box.x);
      const wanted = picture[column].toSorted((a, b) => a.box.x - b.box.x);
      expect(`${picture.file}: ${byPlace.length} faces`).toBe(`${picture.file}: ${wanted.length} faces`);
      wanted.forEach((golden, index) => {
        const face = byPlace[index]!;
        const tolerancePx = 0.03 * Math.max(golden.box.width, golden.box.height);
        expect(Math.abs(face.score - golden.score)).toBeLessThan(0.01);
        for (const side of ['x', 'y', 'width', 'height'] as const) {
          expect(Math.abs(face.box[side] - golden.box[side])).toBeLessThan(tolerancePx);
        }
        golden.points.forEach(([x, y], k) => {
          expect(Math.hypot(face.points[k]![0] - x, face.points[k]![1] - y)).toBeLessThan(tolerancePx);
        });
      });
    }
    await finder.close();
  }
}

async function expectLandmarksAndEmbeddings(
  pictures: AlignedPicture[],
  path: (file: string) => string,
): Promise<void> {
  for (const picture of pictures) {
    const { rgb, widthPx, heightPx } = await readRgb(path(picture.file), { ignoreIcc: false });
    for (const golden of picture.faces) {
      const differences: { pointsPx: number; embedding: number }[] = [];
      for (const box of beforeRounding(golden.box)) {
        const face = await pipeline.align(rgb, widthPx, heightPx, { box, score: 1 });
        const [embedding] = await pipeline.embed([face!]);
        differences.push({
          pointsPx: worst(golden.points68.flat(), face!.landmarks.flat()),
          embedding: worst(golden.embedding, [...embedding!]),
        });
      }
      const [least] = differences.sort((a, b) => a.embedding - b.embedding);
      expect(least!.pointsPx).toBeLessThan(0.5);
      expect(least!.embedding).toBeLessThan(2e-3);
    }
  }
}

function worst(wanted: readonly number[], got: readonly number[]): number {
  expect(got.length).toBe(wanted.length);
  return Math.max(...wanted.map((value, index) => Math.abs(value - got[index]!)));
}

/**
 * The golden boxes are rounded to three decimals, and cuts are rounded down to whole pixels: a box whose edge is a
 * whole number after rounding may have been on either side of it.
 */
function beforeRounding(box: Box): Box[] {
  if (!Number.isInteger(box.x)) return [box];
  return [
    { ...box, x: box.x - 0.0004 },
    { ...box, x: box.x + 0.0004 },
  ];
}

describe('each stage gives what the reference implementation gave', () => {
  test('two looks, on the demo pictures', async () => {
    await expectTwoLooks(readTwoLookGolden(join(committed, 'two-look-demo.json')), demoPicture);
  }, 30_000);

  test('landmarks and embeddings, on the demo pictures', async () => {
    const pictures = readAlignedGolden(join(committed, 'landmarks-embeddings-demo.json'));
    await expectLandmarksAndEmbeddings(pictures, demoPicture);
  }, 30_000);

  const twoLooks = testData('golden/face/two-look.json');
  const dataPath = (file: string) =>
    file.startsWith('@') ? demoPicture(file) : testData(`data/faces/${file}`)!;
  test.skipIf(twoLooks === undefined)(
    `two looks, on the development pictures${skipReason('golden/face/two-look.json')}`,
    async () => await expectTwoLooks(readTwoLookGolden(twoLooks!), dataPath),
    60_000,
  );

  const aligned = testData('golden/face/landmarks-embeddings.json');
  test.skipIf(aligned === undefined)(
    `landmarks and embeddings, on the development pictures${skipReason('golden/face/landmarks-embeddings.json')}`,
    async () => await expectLandmarksAndEmbeddings(readAlignedGolden(aligned!), dataPath),
    60_000,
  );
});
