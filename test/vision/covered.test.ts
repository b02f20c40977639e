import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Random } from '../../hal/sim/random.ts';
import { createScenePainter } from '../../hal/sim/scene-painter.ts';
import { drawOn } from '../../src/lab/drawn/draw.ts';
import { type MaskKind, maskSvg } from '../../src/lab/drawn/mask.ts';
import { coveredFrom } from '../../src/vision/covered.ts';
import { enrolLimits, gate, probeLimits } from '../../src/vision/gate.ts';
import { type AlignedFace, FacePipeline } from '../../src/vision/pipeline.ts';
import { faceAt } from './faces.ts';
import { demoPicture, readRgb, shippedPipeline } from './golden.ts';

// Faces in daylight, and in the coloured light of a party, which makes a chin bluer than a forehead.
const photos = [1, 2, 3, 4, 5, 6].map((n) => `@vladmandic/face-api@1.7.15/demo/sample${n}.jpg`);
let pipeline: FacePipeline;
const pictures: { rgb: Uint8Array; widthPx: number; heightPx: number; faces: AlignedFace[] }[] = [];

beforeAll(async () => {
  pipeline = await FacePipeline.load(await shippedPipeline(), { smallBoard: false });
  for (const photo of photos) {
    const picture = await readRgb(demoPicture(photo));
    const faces = await pipeline.detect(picture.rgb, picture.widthPx, picture.heightPx);
    // Nobody is recognised in profile.
    pictures.push({ ...picture, faces: faces.filter((face) => gate(face, probeLimits) === undefined) });
  }
});

afterAll(() => pipeline.close());

function covered(face: { readonly quality: { readonly covered: number } }): boolean {
  return face.quality.covered > coveredFrom;
}

describe('something over mouth and nose', () => {
  test('is not seen where there is nothing', () => {
    const faces = pictures.flatMap((picture) => picture.faces);
    expect(faces.length).toBeGreaterThanOrEqual(20);
    expect(faces.filter(covered)).toEqual([]);
  });

  test.each<MaskKind>(['surgical', 'cloth'])(
    'is seen where a %s mask is drawn on most faces',
    async (kind) => {
      let found = 0;
      let seen = 0;
      for (const { rgb, widthPx, heightPx, faces } of pictures) {
        const face = faces[0]!;
        const masked = await drawOn(
          { picture: { pixels: rgb, widthPx, heightPx }, landmarks: face.landmarks },
          (of, frame, light, random) => maskSvg(of, frame, light, { kind, height: 'over-nose' }, random),
          Random.seeded(3),
        );
        const middle = face.box.x + face.box.width / 2;
        const again = (await pipeline.detect(masked.pixels, widthPx, heightPx)).find(
          ({ box }) => Math.abs(box.x + box.width / 2 - middle) < face.box.width / 4,
        );
        if (again === undefined) continue;
        found++;
        if (covered(again)) seen++;
      }
      expect(found).toBeGreaterThanOrEqual(5);
      expect(seen).toBeGreaterThanOrEqual(found - 1);
    },
  );

  test('is seen by the networks on somebody in a mask in a painted scene', async () => {
    const { rgb, widthPx, heightPx, faces } = pictures[0]!;
    const { box } = faces[0]!;
    const painter = createScenePainter({
      widthPx: 640,
      heightPx: 480,
      seed: 1,
      pictures: new Map([['ana', { rgb, widthPx, heightPx, face: box }]]),
    });
    const paint = async (masked: boolean) => {
      const frame = new Uint8Array(640 * 480 * 3);
      const person = { index: 0, subject: 'ana', picture: 'ana', distanceM: 1, yawDeg: 0, visible: 1 };
      const place = { box: { x: 240, y: 140, width: 160, height: 200 }, eyeDistancePx: 70 };
      const view = { tMs: 0, light: 1, people: [{ ...person, ...place, masked }] };
      painter({ picture: 'scene', view }, frame);
      return await pipeline.detect(frame, 640, 480);
    };
    expect((await paint(false)).map(covered)).toEqual([false]);
    expect((await paint(true)).map(covered)).toEqual([true]);
  });
});

test('a covered face is not enrolled; it is recognised unless the limits say otherwise', () => {
  const face = faceAt(300, 200, 60, { quality: { covered: 0.8 } });
  const reason = 'lower face covered by 0.80, at most 0.5';
  expect(gate(face, enrolLimits)).toEqual({ decision: 'covered', reason });
  expect(gate(face, probeLimits)).toBeUndefined();
  expect(gate(face, { ...probeLimits, maxCovered: coveredFrom })).toEqual({ decision: 'covered', reason });
});
