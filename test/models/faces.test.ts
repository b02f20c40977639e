import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import type { Detection } from '../../src/models/detection.ts';
import { type Detector, loadDetector } from '../../src/models/detector.ts';
import { type DetectorEntry, modelEntrySchema } from '../../src/models/entry.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { loadLandmarks } from '../../src/models/landmarks.ts';
import { type Located, type Manifest, readManifest } from '../../src/models/manifest.ts';
import { overlap } from '../../src/models/suppress.ts';
import { skipReason, testData } from '../support/test-data.ts';

const golden = 'golden/face/landmarks-embeddings-demo.json';
const goldenSchema = z.object({
  pictures: z.array(
    z.object({
      file: z.string(),
      faces: z.array(
        z.object({
          box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
          yunetScore: z.number(),
          points68: z.array(z.tuple([z.number(), z.number()])),
        }),
      ),
    }),
  ),
});

/** Pictures of the MIT package @vladmandic/face-api with the boxes YuNet gives, from 0.6 on. */
function goldenPictures() {
  const path = testData(golden);
  return path === undefined ? [] : goldenSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).pictures;
}

async function decode(file: string): Promise<{ rgb: Uint8Array; widthPx: number; heightPx: number }> {
  const path = resolve(import.meta.dir, '../../node_modules', file.replace(/@[\d.]+\//, '/'));
  const { data, info } = await sharp(path, { ignoreIcc: true })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: data, widthPx: info.width, heightPx: info.height };
}

async function detectIn(detector: Detector, file: string, minScore: number): Promise<Detection[]> {
  const { rgb, widthPx, heightPx } = await decode(file);
  return await detector.detect(rgb, widthPx, heightPx, minScore);
}

let manifest: Manifest;
beforeAll(async () => {
  manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: join(shippedModelsDir, 'none') });
});

function shippedDetector(id: string): Located<DetectorEntry> {
  const { detector } = manifest.pipeline({ detector: id });
  if (detector.kind !== 'single') throw new Error(`${id} is no single detector`);
  return detector.model;
}

describe('YuNet, one file with twelve raw outputs', () => {
  const file = 'models/face/yunet_2023mar.onnx';
  test.skipIf(!testData(file) || !testData(golden))(
    `plugs in by its entry and finds the faces it is known to find${skipReason(file) || skipReason(golden)}`,
    async () => {
      const known = JSON.parse(readFileSync(join(shippedModelsDir, 'known/yunet-2023mar.json'), 'utf8'));
      const entry = modelEntrySchema.parse({ ...known, file: 'yunet_2023mar.onnx', bytes: 232_589 });
      if (entry.role !== 'detector') throw new Error('not a detector');
      const detector = await loadDetector({ ...entry, path: testData(file)!, added: true });
      for (const picture of goldenPictures()) {
        const found = await detectIn(detector, picture.file, 0.6);
        expect([picture.file, found.length]).toEqual([picture.file, picture.faces.length]);
        for (const { box, yunetScore } of picture.faces) {
          const face = found.find((candidate) => overlap(candidate.box, box) > 0.9);
          expect(face?.score).toBeCloseTo(yunetScore, 4);
          expect(overlap(face!.box, box)).toBeGreaterThan(0.999);
          expect(face!.points).toHaveLength(5);
          const [leftEye, rightEye] = face!.points;
          if (yunetScore > 0.8) expect(leftEye![0]).toBeLessThan(rightEye![0]);
        }
      }
      await detector.close();
    },
    30_000,
  );
});

describe('YuNet with its decoding in the graph', () => {
  const file = 'models/face/yunet_640x480.onnx';
  test.skipIf(!testData(file) || !testData(golden))(
    `plugs in as any graph that gives boxes, scores and points${skipReason(file) || skipReason(golden)}`,
    async () => {
      const detector = await loadDetector({
        ...shippedDetector('blazeface-back-256x192'),
        id: 'yunet-640x480',
        path: testData(file)!,
        sha256: 'ec1fdd01383df76fb5c96f953bd6de69612845a7ca53d27256fc4d1022f73e04',
        bytes: 536_769,
        output: {
          kind: 'detections',
          boxes: 'boxes',
          unit: 'picture-px',
          scores: 'scores',
          points: 'points',
          pointNames: ['leftEye', 'rightEye', 'noseTip', 'leftMouthCorner', 'rightMouthCorner'],
        },
      });
      for (const picture of goldenPictures()) {
        const found = await detectIn(detector, picture.file, 0.6);
        for (const { box } of picture.faces.filter((face) => face.yunetScore > 0.7)) {
          expect(Math.max(...found.map((face) => overlap(face.box, box)))).toBeGreaterThan(0.8);
        }
      }
      await detector.close();
    },
    30_000,
  );
});

describe('the shipped detectors', () => {
  let sample: Awaited<ReturnType<typeof decode>>;
  const open: Detector[] = [];
  beforeAll(async () => {
    sample = await decode('@vladmandic/face-api/demo/sample1.jpg');
  });
  afterAll(async () => {
    for (const detector of open) await detector.close();
  });

  async function detect(id: string): Promise<Detection[]> {
    const detector = await loadDetector(shippedDetector(id));
    open.push(detector);
    return await detector.detect(sample.rgb, sample.widthPx, sample.heightPx, 0.5);
  }

  test('of the predecessor’s kind (SSD MobileNet) and the default one find the same faces', async () => {
    const ssd = await detect('ssd-mobilenet-v1');
    const blaze = await detect('blazeface-back-256x192');
    // Three women look at the camera; a fourth face, on its side, is under both limits.
    expect(ssd.filter((face) => face.score > 0.8)).toHaveLength(3);
    for (const { box, score } of ssd.filter((face) => face.score > 0.8)) {
      expect(score).toBeLessThanOrEqual(1);
      expect(Math.max(...blaze.map((face) => overlap(face.box, box)))).toBeGreaterThan(0.4);
    }
  });

  test('see a frame in shared memory as they see a copy of it', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(sample.rgb.length));
    shared.set(sample.rgb);
    const detector = await loadDetector(shippedDetector('blazeface-back-192x160'));
    const copied = await detector.detect(sample.rgb, sample.widthPx, sample.heightPx, 0.5);
    expect(copied.length).toBeGreaterThan(0);
    expect(await detector.detect(shared, sample.widthPx, sample.heightPx, 0.5)).toEqual(copied);
    await detector.close();
  });

  test('give an empty list for a picture without faces, however small', async () => {
    const detector = await loadDetector(shippedDetector('blazeface-back-256x256'));
    expect(await detector.detect(new Uint8Array(3), 1, 1, 0.5)).toEqual([]);
    expect(await detector.detect(new Uint8Array(640 * 480 * 3), 640, 480, 0.5)).toEqual([]);
    await expect(detector.detect(new Uint8Array(5), 640, 480, 0.5)).rejects.toThrow('640x480');
    await detector.close();
  });
});

describe('the shipped landmark network', () => {
  test.skipIf(!testData(golden))(
    `finds the 68 points where they are known to be${skipReason(golden)}`,
    async () => {
      const locator = await loadLandmarks(manifest.pipeline().landmarks);
      for (const { file, faces } of goldenPictures().slice(0, 2)) {
        const { rgb, widthPx } = await decode(file);
        for (const { box, points68 } of faces) {
          const [x, y] = [Math.floor(box.x), Math.floor(box.y)];
          const [width, height] = [Math.floor(box.width), Math.floor(box.height)];
          const cut = new Uint8Array(width * height * 3);
          for (let row = 0; row < height; row++) {
            const from = ((y + row) * widthPx + x) * 3;
            cut.set(rgb.subarray(from, from + width * 3), row * width * 3);
          }
          const points = await locator.locate(cut, width, height);
          expect(points).toHaveLength(68);
          points.forEach(([px, py], i) => {
            expect(Math.hypot(px + x - points68[i]![0], py + y - points68[i]![1])).toBeLessThan(0.5);
          });
        }
      }
      await locator.close();
    },
  );
});
