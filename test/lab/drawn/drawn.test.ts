import { expect, test } from 'bun:test';
import type { Point } from '../../../hal/contract/face-models.ts';
import { Random } from '../../../hal/sim/random.ts';
import { type Drawing, drawOn } from '../../../src/lab/drawn/draw.ts';
import type { RgbPicture } from '../../../src/lab/drawn/face-frame.ts';
import { maskSvg } from '../../../src/lab/drawn/mask.ts';
import { barSvg, glassesSvg, hairSvg, hatSvg } from '../../../src/lab/drawn/worn.ts';
import { posePoints } from '../../../src/vision/quality.ts';
import { generatedFace } from './generated-face.ts';

const face = generatedFace();
const { leftEye, nose } = posePoints(face.landmarks);
const mouth: Point = face.landmarks[62]!;
const forehead: Point = [100, face.landmarks[19]![1] - 15];

const mask =
  (height: 'under-nose' | 'over-nose' | 'high', kind: 'surgical' | 'cloth' = 'surgical'): Drawing =>
  (of, frame, light, random) =>
    maskSvg(of, frame, light, { kind, height }, random);

function differsAt(picture: RgbPicture, [x, y]: Point): boolean {
  const at = (Math.round(y) * picture.widthPx + Math.round(x)) * 3;
  return [0, 1, 2].some(
    (channel) => Math.abs(picture.pixels[at + channel]! - face.picture.pixels[at + channel]!) > 4,
  );
}

const covered: readonly (readonly [
  what: string,
  drawing: Drawing,
  over: readonly Point[],
  not: readonly Point[],
])[] = [
  ['a mask under the nose', mask('under-nose'), [mouth], [nose, leftEye, forehead]],
  ['a surgical mask', mask('over-nose'), [mouth, nose], [leftEye, forehead]],
  ['a cloth mask that is worn high', mask('high', 'cloth'), [mouth, nose], [leftEye, forehead]],
  ['dark glasses', (of, frame, light) => glassesSvg(of, frame, light, 'dark'), [leftEye], [mouth, forehead]],
  [
    'a cap',
    (of, frame, light, random) => hatSvg(of, frame, light, -0.45, random),
    [forehead],
    [leftEye, mouth],
  ],
  ['hair', (of, frame, light, random) => hairSvg(of, frame, light, -0.4, random), [forehead], [nose, mouth]],
  ['a bar over the eyes', (of, frame) => barSvg(of, frame, 'eyes', 0.3), [leftEye], [mouth, nose]],
  ['a bar over the mouth', (of, frame) => barSvg(of, frame, 'mouth', 0.3), [mouth], [leftEye, forehead]],
];

for (const [what, drawing, over, not] of covered) {
  test(`${what} covers what it should and leaves the rest`, async () => {
    const drawn = await drawOn(face, drawing, Random.seeded(3));
    expect([drawn.widthPx, drawn.heightPx]).toEqual([200, 200]);
    expect(over.map((point) => differsAt(drawn, point))).toEqual(over.map(() => true));
    expect(not.map((point) => differsAt(drawn, point))).toEqual(not.map(() => false));
  });
}

test('one seed draws the same mask, another seed another one, and the picture itself stays', async () => {
  const before = face.picture.pixels.slice();
  const draw = (seed: number) => drawOn(face, mask('over-nose'), Random.seeded(seed));
  const first = await draw(1);
  expect((await draw(1)).pixels).toEqual(first.pixels);
  const others = await Promise.all([2, 3, 4].map(draw));
  expect(others.some(({ pixels }) => !Buffer.from(pixels).equals(first.pixels))).toBe(true);
  expect(face.picture.pixels).toEqual(before);
});

test('a mask on a dark face is dark', async () => {
  const dark = generatedFace(200, 40);
  const at = (Math.round(mouth[1]) * 200 + Math.round(mouth[0])) * 3;
  const [inLight, inTheDark] = await Promise.all(
    [face, dark].map(async (one) => (await drawOn(one, mask('over-nose'), Random.seeded(1))).pixels[at]!),
  );
  expect(inTheDark).toBeLessThan(inLight! / 2);
});

test('landmarks beyond the picture are no error', async () => {
  const off = { ...face, landmarks: face.landmarks.map(([x, y]): Point => [x + 400, y - 300]) };
  for (const [, drawing] of covered) {
    expect((await drawOn(off, drawing, Random.seeded(1))).pixels).toEqual(Buffer.from(face.picture.pixels));
  }
});
