import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type FaceFinder, loadFaceFinder } from '../../src/vision/find-faces.ts';
import { demoPicture, readRgb, shippedManifest } from './golden.ts';

/** A 640 x 480 frame cut out of a demo picture; `empty` paints it grey first. */
const widthPx = 640;
const heightPx = 480;
let three: { rgb: Uint8Array; widthPx: number; heightPx: number };
let finder: FaceFinder;

beforeAll(async () => {
  three = await readRgb(demoPicture('@vladmandic/face-api@1.7.15/demo/sample1.jpg'));
  finder = await loadFaceFinder((await shippedManifest()).pipeline().detector, { smallBoard: false });
});

afterAll(() => finder.close());

/** Pastes a part of the demo picture into a grey frame. */
function paste(
  frame: Uint8Array,
  fromX: number,
  fromY: number,
  size: number,
  toX: number,
  toY: number,
): void {
  for (let row = 0; row < size; row++) {
    const from = ((fromY + row) * three.widthPx + fromX) * 3;
    frame.set(three.rgb.subarray(from, from + size * 3), ((toY + row) * widthPx + toX) * 3);
  }
}

const ann = (frame: Uint8Array, toX: number, toY: number) => paste(frame, 390, 330, 280, toX, toY);
const bea = (frame: Uint8Array, toX: number, toY: number) => paste(frame, 790, 380, 280, toX, toY);
const grey = () => new Uint8Array(widthPx * heightPx * 3).fill(120);
const middles = (faces: readonly { box: { x: number; width: number } }[]) =>
  faces.map(({ box }) => Math.round(box.x + box.width / 2)).sort((a, b) => a - b);

describe('faces in a stream of frames', () => {
  test('are followed to where they went, as a full look would find them', async () => {
    for (let step = 0; step < 6; step++) {
      const frame = grey();
      ann(frame, 20 + step * 25, 100);
      const followed = await finder.find(frame, widthPx, heightPx, 10_000 + step * 33);
      expect(followed.length).toBe(1);
    }
    const frame = grey();
    ann(frame, 20 + 6 * 25, 100);
    const [followed] = await finder.find(frame, widthPx, heightPx, 10_198);
    const [whole] = await finder.find(frame, widthPx, heightPx, undefined);
    for (const side of ['x', 'y', 'width', 'height'] as const) {
      expect(Math.abs(followed!.box[side] - whole!.box[side])).toBeLessThan(0.06 * whole!.box.width);
    }
    expect(Math.abs(followed!.score - whole!.score)).toBeLessThan(0.05);
  });

  test('include a newcomer after at most 200 ms', async () => {
    const alone = grey();
    ann(alone, 10, 100);
    const both = grey();
    ann(both, 10, 100);
    bea(both, 340, 120);
    expect((await finder.find(alone, widthPx, heightPx, 20_000)).length).toBe(1);
    let atMs = 20_000;
    let found = 0;
    while (found < 2) {
      atMs += 40;
      found = (await finder.find(both, widthPx, heightPx, atMs)).length;
    }
    expect(atMs - 20_000).toBeLessThanOrEqual(200);
  });

  test('are looked for everywhere at once when one is not where it was', async () => {
    const left = grey();
    ann(left, 0, 0);
    const right = grey();
    ann(right, 350, 190);
    const before = await finder.find(left, widthPx, heightPx, 30_000);
    const after = await finder.find(right, widthPx, heightPx, 30_040);
    expect(before.length).toBe(1);
    expect(middles(after)[0]! - middles(before)[0]!).toBeWithin(340, 361);
    expect(await finder.find(grey(), widthPx, heightPx, 30_080)).toEqual([]);
  });

  test('are not carried over into a picture that has nothing to do with the frames', async () => {
    const frame = grey();
    ann(frame, 100, 100);
    await finder.find(frame, widthPx, heightPx, 40_000);
    expect(await finder.find(grey(), widthPx, heightPx, undefined)).toEqual([]);
  });
});

test('a portrait picture is looked at with the network made for it', async () => {
  const tall = new Uint8Array(300 * 500 * 3).fill(120);
  for (let row = 0; row < 280; row++) {
    const from = ((330 + row) * three.widthPx + 390) * 3;
    tall.set(three.rgb.subarray(from, from + 280 * 3), ((100 + row) * 300 + 10) * 3);
  }
  expect((await finder.find(tall, 300, 500, undefined)).length).toBe(1);
});

test('a detector of one look takes the place of two by its name in the manifest', async () => {
  const single = await loadFaceFinder(
    (await shippedManifest()).pipeline({ detector: 'ssd-mobilenet-v1' }).detector,
    { smallBoard: false },
  );
  const faces = await single.find(three.rgb, three.widthPx, three.heightPx, undefined);
  const two = await finder.find(three.rgb, three.widthPx, three.heightPx, undefined);
  await single.close();
  expect(faces.length).toBe(3);
  middles(faces).forEach((middle, i) => {
    expect(Math.abs(middle - middles(two)[i]!)).toBeLessThan(40);
  });
});

test('a very large picture gives the same faces as a small one of the same scene', async () => {
  const small = await finder.find(three.rgb, three.widthPx, three.heightPx, undefined);
  const factor = 3; // 5,760 x 3,840 px: shrunk for the first look, faces of 600 px for the second
  const large = new Uint8Array(three.rgb.length * factor * factor);
  for (let y = 0; y < three.heightPx * factor; y++) {
    for (let x = 0; x < three.widthPx * factor; x++) {
      const from = (Math.floor(y / factor) * three.widthPx + Math.floor(x / factor)) * 3;
      const to = (y * three.widthPx * factor + x) * 3;
      for (let channel = 0; channel < 3; channel++) large[to + channel] = three.rgb[from + channel]!;
    }
  }
  const found = await finder.find(large, three.widthPx * factor, three.heightPx * factor, undefined);
  expect(found.length).toBe(small.length);
  const byPlace = (faces: typeof found) => faces.toSorted((a, b) => a.box.x - b.box.x);
  byPlace(found).forEach(({ box }, i) => {
    const wanted = byPlace(small)[i]!.box;
    for (const side of ['x', 'y', 'width', 'height'] as const) {
      expect(Math.abs(box[side] / factor - wanted[side])).toBeLessThan(0.1 * wanted.width);
    }
  });
}, 20_000);
