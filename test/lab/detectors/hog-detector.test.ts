import { expect, test } from 'bun:test';
import { cp, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { hogFeatures } from '../../../src/lab/detectors/hog/features.ts';
import { HogDetector } from '../../../src/lab/detectors/hog/hog-detector.ts';
import { stepDown, stepUp } from '../../../src/lab/detectors/hog/resize.ts';
import { readHogViews } from '../../../src/lab/detectors/hog/weights.ts';
import { shippedModelsDir } from '../../../src/models/folders.ts';
import { skipReason } from '../../support/test-data.ts';
import {
  asGolden,
  generatedImage,
  goldenDetections,
  goldenFeatures,
  photographs,
  readPhotograph,
  sha256Of,
} from './hog-golden.ts';

const detector = await HogDetector.load(shippedModelsDir);

test.each(goldenFeatures)('features and sizes of a $kind picture are dlib’s, bit by bit', (golden) => {
  const image = generatedImage(golden);
  const map = hogFeatures(image);
  expect(map).toMatchObject({ rows: golden.fhogPadded10.rows, columns: golden.fhogPadded10.columns });
  expect(sha256Of(map!.values)).toBe(golden.fhogPadded10.sha256);
  for (const [resized, wanted] of [
    [stepDown(image), golden.pyramidDown],
    [stepUp(image), golden.pyramidUp],
  ] as const) {
    expect(resized).toMatchObject({ widthPx: wanted.width, heightPx: wanted.height });
    expect(sha256Of(resized.pixels)).toBe(wanted.sha256);
  }
});

test.each(goldenDetections)(
  'at a low threshold a $kind picture of $width x $height gives dlib’s list',
  (golden) => {
    const image = generatedImage(golden);
    for (const { upsample, adjust, detections } of golden.runs) {
      expect(asGolden(detector.detect(image, { upsample, adjust }))).toEqual(detections);
    }
  },
  30_000,
);

const groups = await photographs('groups-rgb');
const greyGroups = await photographs('groups-gray');
const lfw = await photographs('lfw-rgb');
/** Every run of the tests looks at some; all of them are looked at by night. */
const sample = [
  ...groups.filter(({ file }) => file.includes('bbt5')),
  ...lfw.filter((_, index) => index % 25 === 0),
];

test.skipIf(groups.length === 0)(
  `in photographs the faces, their order and their scores are dlib’s${skipReason('data/faces')}`,
  async () => {
    for (const photograph of sample) {
      const image = await readPhotograph(photograph, 3);
      for (const { upsample, adjust, detections } of photograph.runs) {
        if (upsample === 1 && photograph.file.startsWith('groups')) continue;
        expect(asGolden(detector.detect(image, { upsample, adjust }))).toEqual(detections);
      }
    }
  },
  30_000,
);

test.skipIf(greyGroups.length === 0)(`and so they are in grey ones${skipReason('data/faces')}`, async () => {
  const [photograph] = greyGroups.filter(({ file }) => file.includes('bbt5'));
  const image = await readPhotograph(photograph!, 1);
  expect(asGolden(detector.detect(image, { upsample: 0, adjust: 0 }))).toEqual(
    photograph!.runs[0]!.detections,
  );
});

test('a picture of any size and content is looked at without a crash, and rectangles have a size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 90 }),
      fc.constantFrom(1 as const, 3 as const),
      fc.integer(),
      (widthPx, heightPx, channels, seed) => {
        let state = seed;
        const pixels = Uint8Array.from({ length: widthPx * heightPx * channels }, () => {
          state = Math.imul(state, 1103515245) + 12345;
          return state >>> 24;
        });
        const found = detector.detect({ pixels, widthPx, heightPx, channels }, { upsample: 0, adjust: -3 });
        for (const { rect, score } of found) {
          expect(rect.right - rect.left).toBeGreaterThan(50);
          expect(rect.bottom - rect.top).toBeGreaterThan(50);
          expect(score).toBeGreaterThanOrEqual(-3);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('the pairs of rows and columns are the published filters', async () => {
  const views = await readHogViews(shippedModelsDir);
  const bytes = await Bun.file(join(shippedModelsDir, 'dlib-frontal-hog.bin')).arrayBuffer();
  const filters = new Float32Array(bytes, 0, views.length * 31 * 100);
  let worst = 0;
  for (const [index, { pairs }] of views.entries()) {
    const built = new Float64Array(31 * 100);
    for (const { plane, row, column } of pairs) {
      for (let i = 0; i < 100; i++) built[plane * 100 + i]! += column[Math.floor(i / 10)]! * row[i % 10]!;
    }
    for (const [i, value] of built.entries())
      worst = Math.max(worst, Math.abs(value - filters[index * 3100 + i]!));
  }
  expect(views.map(({ name }) => name)).toEqual([
    'front',
    'left',
    'right',
    'front-rotated-left',
    'front-rotated-right',
  ]);
  expect(worst).toBeLessThan(1e-7);
});

test('weights that are cut off or gone are said by name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-hog-'));
  try {
    const missing = await HogDetector.load(folder).catch((error: unknown) => error);
    expect(missing).toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('dlib-frontal-hog.bin'),
    });
    await cp(join(shippedModelsDir, 'dlib-frontal-hog.bin'), join(folder, 'dlib-frontal-hog.bin'));
    await truncate(join(folder, 'dlib-frontal-hog.bin'), 1000);
    expect(await HogDetector.load(folder).catch((error: unknown) => error)).toMatchObject({
      kind: 'truncated',
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
