import { expect, test } from 'bun:test';
import sharp from 'sharp';
import { type Annotation, annotate, canDrawLabels } from '../../src/vision/annotate.ts';

const widthPx = 320;
const heightPx = 240;

/** A black picture whose left half is blue. */
function picture(shared = false) {
  const bytes = widthPx * heightPx * 3;
  const rgb = shared ? new Uint8Array(new SharedArrayBuffer(bytes)) : new Uint8Array(bytes);
  for (let i = 0; i < widthPx * heightPx; i++) if (i % widthPx < widthPx / 2) rgb[3 * i + 2] = 255;
  return { rgb, widthPx, heightPx };
}

const face: Annotation = {
  box: { x: 40, y: 80, width: 60, height: 75 },
  landmarks: [[70, 120]],
  label: 'Ana 0.083',
  tone: 'known',
};

async function pixels(jpeg: Uint8Array) {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([widthPx, heightPx, 3]);
  return (x: number, y: number): [number, number, number] => {
    const at = (y * widthPx + x) * 3;
    return [data[at]!, data[at + 1]!, data[at + 2]!];
  };
}

const isGreen = ([r, g, b]: readonly number[]) => g! > 90 && r! < 70 && b! < 90;
const isLight = ([r, g, b]: readonly number[]) => r! > 140 && g! > 140 && b! > 140;

test('a face gets a box in the colour of the decision, its landmarks and a label above it', async () => {
  const at = await pixels(await annotate(picture(), [face], { mirrored: false }));
  expect(isGreen(at(40, 120))).toBe(true);
  expect(isGreen(at(100, 120))).toBe(true);
  expect(isGreen(at(70, 155))).toBe(true);
  expect(isLight(at(70, 120))).toBe(true);
  expect(isGreen(at(41, 75))).toBe(true); // the label's ground
  expect(at(60, 100)[2]).toBeGreaterThan(200); // the picture itself, inside the box
});

test('a mirrored picture is turned with what is drawn on it, and the label stays readable', async () => {
  expect(await canDrawLabels()).toBe(true);
  const plain = await pixels(await annotate(picture(), [face], { mirrored: false }));
  const turned = await pixels(await annotate(picture(), [face], { mirrored: true }));
  expect(turned(10, 10)[2]).toBeLessThan(60);
  expect(turned(310, 10)[2]).toBeGreaterThan(200);
  expect(isGreen(turned(widthPx - 100, 120))).toBe(true);
  expect(isLight(turned(widthPx - 70, 120))).toBe(true);
  // The letters run from left to right in both: from the box's left edge on, the label is the same.
  const letters = (at: typeof plain, left: number) =>
    Array.from({ length: 560 }, (_, i) => isLight(at(left + (i % 56), 66 + Math.floor(i / 56))));
  const label = letters(plain, 40);
  expect(label.filter(Boolean).length).toBeGreaterThan(60);
  // JPEG gives a few pixels another shade.
  const different = letters(turned, widthPx - 100).filter((light, i) => light !== label[i]);
  expect(different.length).toBeLessThan(10);
});

test('pixels in shared memory are drawn on in a copy', async () => {
  const shared = picture(true);
  const before = shared.rgb.slice();
  await annotate(shared, [face], { mirrored: false });
  expect(shared.rgb).toEqual(before);
});

test('any name can be a label, and one at the edge stays in the picture', async () => {
  const names = ['<b> & "Ana" \'s', '山田 👩‍🚒', 'x'.repeat(90), ''];
  for (const label of names) {
    for (const box of [
      { x: -20, y: -30, width: 60, height: 60 },
      { x: 300, y: 220, width: 60, height: 60 },
    ]) {
      const tone = 'unknown';
      const at = await pixels(
        await annotate(picture(), [{ box, landmarks: [], label, tone }], { mirrored: false }),
      );
      expect(at(160, 120)).toHaveLength(3);
    }
  }
});

test('a picture of one pixel, and one without a face, can be annotated', async () => {
  const dot = { rgb: new Uint8Array(3), widthPx: 1, heightPx: 1 };
  expect((await annotate(dot, [face], { mirrored: false })).length).toBeGreaterThan(0);
  await pixels(await annotate(picture(), [], { mirrored: true }));
});
