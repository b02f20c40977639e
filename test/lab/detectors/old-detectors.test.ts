import { expect, test } from 'bun:test';
import { z } from 'zod';
import { decodePicture, defaultDecodeLimits } from '../../../hal/linux/picture.ts';
import type { FoundFace, PictureDetector } from '../../../src/lab/detectors/picture-detector.ts';
import { loadResnetSsd } from '../../../src/lab/detectors/resnet-ssd.ts';
import { loadViolaJones } from '../../../src/lab/detectors/viola-jones.ts';
import { shippedModelsDir } from '../../../src/models/folders.ts';
import { overlap } from '../../../src/models/suppress.ts';
import { skipReason, testData } from '../../support/test-data.ts';

const { signal } = new AbortController();
const groups = 'data/faces/groups';
const golden = testData('golden/opencv/viola-jones.json');
const ssd = testData('data/models/ssd');
const faceApiDemo = new URL('../../../node_modules/@vladmandic/face-api/demo/', import.meta.url).pathname;

async function facesIn(detector: PictureDetector, path: string): Promise<FoundFace[]> {
  return await detector.detect(await decodePicture(path, defaultDecodeLimits, signal));
}

test.skipIf(golden === undefined || testData(groups) === undefined)(
  `Viola-Jones finds what OpenCV's own build finds in the group photos${skipReason(groups)}`,
  async () => {
    const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
    const { images } = z
      .object({ images: z.array(z.object({ file: z.string(), boxes: z.array(box) })) })
      .parse(await Bun.file(golden!).json());
    const detector = await loadViolaJones(shippedModelsDir);
    for (const { file, boxes } of images.filter(({ file }) => file.includes('bbt5'))) {
      const found = await facesIn(detector, testData(`data/faces/${file}`)!);
      expect(found).toHaveLength(boxes.length);
      for (const [x, y, width, height] of boxes) {
        const best = Math.max(...found.map((face) => overlap(face.box, { x, y, width, height })));
        expect(best).toBeGreaterThan(0.9);
      }
    }
  },
  60_000,
);

test('Viola-Jones finds the faces of a picture that may be shown', async () => {
  const found = await facesIn(await loadViolaJones(shippedModelsDir), `${faceApiDemo}sample1.jpg`);
  expect(found.length).toBeGreaterThan(0);
}, 60_000);

test.skipIf(ssd === undefined || testData(groups) === undefined)(
  `the SSD finds the six faces of a group photo, inside the picture${skipReason('data/models/ssd')}`,
  async () => {
    const detector = await loadResnetSsd({
      graph: `${ssd}/opencv_face_detector_uint8.pb`,
      config: `${ssd}/opencv_face_detector.pbtxt`,
    });
    const found = await facesIn(detector, testData(`${groups}/multiface-6.jpg`)!);
    expect(found).toHaveLength(6);
    for (const { box, score } of found) {
      expect(score).toBeGreaterThan(0.9);
      expect(box.x).toBeGreaterThan(0);
      expect(box.y + box.height).toBeLessThan(630);
      expect(box.height).toBeGreaterThan(box.width);
    }
  },
  60_000,
);
