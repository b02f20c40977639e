import { beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { trainEigenfaces } from '../../../src/lab/recognisers/eigenfaces.ts';
import { trainFisherfaces } from '../../../src/lab/recognisers/fisherfaces.ts';
import { cropGrey, toGrey } from '../../../src/lab/recognisers/grey.ts';
import { trainLbph } from '../../../src/lab/recognisers/lbph.ts';
import type { FaceRecogniser, LabelledFaces } from '../../../src/lab/recognisers/recogniser.ts';
import { resizeCubic } from '../../../src/lab/recognisers/resize-cubic.ts';
import { skipReason, testData } from '../../support/test-data.ts';
import { readRgb } from '../../vision/golden.ts';
import { type RecogniserGolden, readRecogniserGolden } from './golden.ts';

const goldenFile = 'golden/opencv/recognisers.json';
const pictures = 'data/faces/lfw/images';
const goldenPath = testData(goldenFile);
const root = testData(pictures);
const skipped = skipReason(goldenPath === undefined ? goldenFile : pictures);

type Crop = 'native' | 'cubic';
type Way = keyof RecogniserGolden['recognisers'][Crop];

const train: Record<Way, (training: LabelledFaces) => FaceRecogniser> = {
  eigen: (training) => trainEigenfaces(training),
  eigen40: (training) => trainEigenfaces(training, 40),
  fisher: trainFisherfaces,
  lbph: trainLbph,
};

describe.skipIf(goldenPath === undefined || root === undefined)(`OpenCV's own answers${skipped}`, () => {
  let golden: RecogniserGolden;
  const training: Record<Crop, Uint8Array[]> = { native: [], cubic: [] };
  const probes: Record<Crop, Uint8Array[]> = { native: [], cubic: [] };

  beforeAll(async () => {
    golden = readRecogniserGolden(goldenPath ?? '');
    for (const [entries, crops] of [
      [golden.train, training],
      [golden.test, probes],
    ] as const) {
      for (const { file } of entries) {
        const { rgb, widthPx, heightPx } = await readRgb(`${root}/${file}`);
        const grey = toGrey(rgb, widthPx, heightPx);
        crops.native.push(cropGrey(grey, { left: 50, top: 50, right: 200, bottom: 200 }).pixels);
        const middle = cropGrey(grey, { left: 65, top: 65, right: 185, bottom: 185 });
        crops.cubic.push(resizeCubic(middle, 150, 150).pixels);
      }
    }
  });

  test('the grey crops are the same bytes, and the bicubic ones in every third picture, else nearly', () => {
    const same = { native: 0, cubic: 0 };
    for (const [entries, crops] of [
      [golden.train, training],
      [golden.test, probes],
    ] as const) {
      for (const [i, entry] of entries.entries()) {
        for (const crop of ['native', 'cubic'] as const) {
          const hash = createHash('sha256').update(crops[crop][i]!).digest('hex');
          if (hash.startsWith(entry[crop])) same[crop]++;
        }
      }
    }
    expect(same.native).toBe(102);
    expect(same.cubic).toBeGreaterThanOrEqual(34);
  });

  // OpenCV's Eigenfaces with all components has one without variance, whose direction is its rounding noise.
  test.each([
    { crop: 'native', way: 'eigen40', within: 1e-6, others: 0 },
    { crop: 'native', way: 'fisher', within: 1e-6, others: 0 },
    { crop: 'native', way: 'lbph', within: 1e-6, others: 0 },
    { crop: 'native', way: 'eigen', within: 0.03, others: 0 },
    { crop: 'cubic', way: 'eigen40', within: 1e-4, others: 0 },
    { crop: 'cubic', way: 'fisher', within: 1e-3, others: 0 },
    { crop: 'cubic', way: 'lbph', within: 5e-3, others: 0 },
    { crop: 'cubic', way: 'eigen', within: 0.03, others: 2 },
  ] as const)(
    '$way on $crop crops: distances within $within, $others other names',
    ({ crop, way, within, others }) => {
      const labels = golden.train.map(({ label }) => label);
      const recogniser = train[way]({ faces: training[crop], labels });
      const { predictions } = golden.recognisers[crop][way];
      let otherLabels = 0;
      for (const [i, [label, confidence]] of predictions.entries()) {
        const nearest = recogniser.nearest(probes[crop][i]!);
        if (nearest.label !== label) otherLabels++;
        expect(Math.abs(nearest.distance / confidence - 1)).toBeLessThan(within);
      }
      expect(predictions.length).toBe(42);
      expect(otherLabels).toBeLessThanOrEqual(others);
    },
  );
});
