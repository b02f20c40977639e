import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FrameRef } from '../../../hal/contract/camera.ts';
import type { Box } from '../../../hal/contract/face-models.ts';
import { FrameRing } from '../../../hal/contract/frame-ring.ts';
import { Scene, type SceneView } from '../../../hal/sim/scene.ts';
import { createScenePainter, type FacePicture } from '../../../hal/sim/scene-painter.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { shippedModelsDir } from '../../../src/models/folders.ts';
import { WorkerFaceModels } from '../../../src/vision/worker-face-models.ts';
import { faceModelsContract } from './face-models.ts';
import { never, virtualTime } from './suite.ts';

const size = { widthPx: 640, heightPx: 480 };
const people = join(import.meta.dir, '../../../demo/people');

/** Two demo people, and where their faces are in their pictures, as the networks found them. */
const pictures = new Map<string, FacePicture>();
const enrolled = new Map<string, Float32Array>();

beforeAll(async () => {
  const clock = new VirtualClock();
  await using models = await open(clock, FrameRing.create({ widthPx: 16, heightPx: 16 }));
  for (const name of ['Ana', 'Cleo']) {
    const { data, info } = await sharp(join(people, `${name}.jpg`))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const picture = { rgb: new Uint8Array(data), widthPx: info.width, heightPx: info.height };
    const [described] = await clock.runUntilSettled(models.describe(picture, never));
    pictures.set(name, { ...picture, face: described!.face.box });
    enrolled.set(name, described!.embedding);
  }
});

function open(clock: VirtualClock, ring: FrameRing): Promise<WorkerFaceModels> {
  const choice = { shippedDir: shippedModelsDir, addedDir: '/nonexistent', smallBoard: false };
  return WorkerFaceModels.open({ clock, ring, models: choice }, never);
}

function sceneOf(script: { distanceM: number; light?: number }): Scene {
  const here = { entersAtMs: 0, from: 'here', to: 'here' } as const;
  const { distanceM } = script;
  return Scene.parse({
    name: 'two people',
    durationMs: 10_000,
    light: [{ fromMs: 0, level: script.light ?? 1 }],
    people: [
      { ...here, subject: 'Ana', stops: [{ distanceM, lateralM: -0.3 * distanceM, stayMs: 5_000 }] },
      { ...here, subject: 'Cleo', stops: [{ distanceM, lateralM: 0.25 * distanceM, stayMs: 5_000 }] },
    ],
  });
}

function paint(ring: FrameRing, view: SceneView): FrameRef {
  const slot = ring.claim()!;
  createScenePainter({ ...size, seed: 1, pictures })({ picture: 'scene', view }, ring.slotBytes(slot));
  return ring.publish(slot, { ...size, receivedAtMs: view.tMs });
}

faceModelsContract('worker', async () => {
  const time = virtualTime();
  const ring = FrameRing.create({ ...size, slots: 3 });
  const scene = sceneOf({ distanceM: 0.8 });
  const gone = paint(ring, scene.at(100));
  const faces = paint(ring, scene.at(200));
  const empty = paint(ring, scene.at(9_000));
  paint(ring, scene.at(9_100)); // into the slot of the first
  const models = await open(time.clock, ring);
  return { time, models, faces, empty, gone, [Symbol.asyncDispose]: () => models.close() };
});

describe('painted frames', () => {
  // A face crop of 240 px has eyes about 50 px apart: no stand of these is nearer than it was photographed.
  test.each([
    { distanceM: 0.8, light: 1, within: 0.09 },
    { distanceM: 1.2, light: 0.6, within: 0.11 },
    { distanceM: 1.6, light: 1, within: 0.125 },
  ])(
    'networks find and name the people at $distanceM m in light $light',
    async ({ distanceM, light, within }) => {
      const clock = new VirtualClock();
      const ring = FrameRing.create(size);
      await using models = await open(clock, ring);
      const view = sceneOf({ distanceM, light }).at(1_000);
      const frame = paint(ring, view);
      const found = await clock.runUntilSettled(models.detect(frame, never));
      expect(found).toHaveLength(2);
      const embeddings = await clock.runUntilSettled(models.embed(frame, [0, 1], never));
      for (const { subject, box, eyeDistancePx } of view.people) {
        const index = found.findIndex((face) => overlapShare(face.box, box) > 0.5);
        expect(index).toBeGreaterThanOrEqual(0);
        expect(found[index]!.quality.eyeDistancePx / eyeDistancePx).toBeWithin(0.7, 1.4);
        const distance = squaredDistance(embeddings[index]!, enrolled.get(subject)!);
        expect(distance).toBeLessThan(within);
        // Not the enrolled pixels again.
        expect(distance).toBeGreaterThan(1e-4);
      }
    },
  );
});

/** Intersection over union. */
function overlapShare(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}
