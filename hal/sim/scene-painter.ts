import { HalError } from '../contract/errors.ts';
import type { Box } from '../contract/face-models.ts';
import { Random } from './random.ts';
import type { PersonInView } from './scene.ts';
import type { ScenePainter } from './scene-camera.ts';

/** A decoded picture of one person, RGB, row by row, and where in it the face is. */
export interface FacePicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgb: Uint8Array;
  readonly face: Box;
}

/** Standard deviation of a small sensor's noise, in grey levels. */
const noiseDeviation = 2.5;
/** The picture's edge fades out over this share of its size, where that does not reach the face. */
const fadeShare = 0.12;

/**
 * Paints frames of a scene: a plain room, the people's pictures scaled to their distance with soft edges, the
 * farthest first, light, and noise that is new for every exposure. What is painted differs from the picture it
 * comes from: it is resampled at a place between the pixels, lit, and noisy. A turned head is only made narrower.
 *
 * `pictures` by the names that the scene uses; throws HalError `not-found` when painting one that is missing.
 */
export function createScenePainter(options: {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly seed: number;
  readonly pictures: ReadonlyMap<string, FacePicture>;
}): ScenePainter {
  const { widthPx, heightPx, pictures } = options;
  const random = Random.seeded(options.seed).child('painter');
  const room = paintRoom(widthPx, heightPx);
  const litRoom = new Uint8ClampedArray(room.length);
  let litLevel = Number.NaN;
  const rowBytes = widthPx * 3;
  const noise = noiseBank(random.child('noise'), noiseSpread + rowBytes);
  const pyramids = new Map<string, readonly FacePicture[]>();

  const pyramidOf = (name: string): readonly FacePicture[] => {
    let pyramid = pyramids.get(name);
    if (pyramid === undefined) {
      const picture = pictures.get(name);
      if (picture === undefined) throw new HalError('not-found', 'scene', `there is no picture '${name}'`);
      pyramid = halvings(picture);
      pyramids.set(name, pyramid);
    }
    return pyramid;
  };

  return (truth, pixels) => {
    const target = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, room.length);
    const { view } = truth;
    if (truth.picture === 'garbled') {
      // A broken cable or decoder: bytes that have nothing to do with their neighbours.
      const bytes = random.child('garbled').child(view.tMs);
      for (let i = 0; i < target.length; i++) target[i] = bytes.nextUint32() >>> 24;
      return;
    }
    if (truth.picture === 'black') {
      target.fill(0);
    } else {
      if (view.light !== litLevel) {
        for (let y = 0; y < heightPx; y++) lightRow(room, litRoom, y * rowBytes, rowBytes, view.light);
        litLevel = view.light;
      }
      target.set(litRoom);
      for (const person of view.people) {
        paste(target, widthPx, heightPx, pyramidOf(person.picture), person, view.light);
        if (person.masked) paintMask(target, widthPx, heightPx, person.box, view.light);
      }
    }
    const frame = random.child(view.tMs);
    for (let y = 0; y < heightPx; y++) {
      addToRow(target, y * rowBytes, rowBytes, noise, frame.nextUint32() % noiseSpread);
    }
  };
}

// A function of its own for each row: a long loop in a function that is called once a frame was left uncompiled now
// and then, and took twenty times as long.
function addToRow(
  target: Uint8ClampedArray,
  at: number,
  count: number,
  noise: Int8Array,
  from: number,
): void {
  for (let i = 0; i < count; i++) target[at + i] = target[at + i]! + noise[from + i]!;
}

function lightRow(room: Uint8Array, lit: Uint8ClampedArray, at: number, count: number, light: number): void {
  for (let i = at; i < at + count; i++) lit[i] = room[i]! * light;
}

/** Each row's noise is taken from one bank, at a place drawn for the row. */
const noiseSpread = 131_071;

function noiseBank(random: Random, length: number): Int8Array {
  const bank = new Int8Array(length);
  for (let i = 0; i < length; i++) bank[i] = Math.round(random.normal(0, noiseDeviation));
  return bank;
}

/** A wall, a floor, a door and a skirting board: dull, but not flat. */
function paintRoom(widthPx: number, heightPx: number): Uint8Array {
  const room = new Uint8Array(widthPx * heightPx * 3);
  const floorY = heightPx * 0.86;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const door = x > widthPx * 0.68 && x < widthPx * 0.9 && y > heightPx * 0.12 && y < floorY;
      const frame = x > widthPx * 0.66 && x < widthPx * 0.92 && y > heightPx * 0.09 && y < floorY;
      const lightFall = 1 - 0.25 * (y / heightPx) - 0.15 * Math.abs(x / widthPx - 0.4);
      let [r, g, b] = [188, 184, 172];
      if (y >= floorY) [r, g, b] = [112, 94, 76];
      else if (y > floorY - heightPx * 0.02) [r, g, b] = [214, 212, 206];
      else if (door) [r, g, b] = [140, 118, 92];
      else if (frame) [r, g, b] = [206, 202, 194];
      const at = (y * widthPx + x) * 3;
      room[at] = r * lightFall;
      room[at + 1] = g * lightFall;
      room[at + 2] = b * lightFall;
    }
  }
  return room;
}

/** The picture, then halved again and again by averaging: a small face is not sampled from a large one. */
function halvings(picture: FacePicture): FacePicture[] {
  const levels = [picture];
  for (let last = picture; last.widthPx >= 32 && last.heightPx >= 32; ) {
    last = halved(last);
    levels.push(last);
  }
  return levels;
}

function halved({ widthPx, rgb, face, ...picture }: FacePicture): FacePicture {
  const width = widthPx >> 1;
  const height = picture.heightPx >> 1;
  const half = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = (2 * y * widthPx + 2 * x) * 3 + channel;
        const below = at + widthPx * 3;
        half[(y * width + x) * 3 + channel] =
          (rgb[at]! + rgb[at + 3]! + rgb[below]! + rgb[below + 3]! + 2) >> 2;
      }
    }
  }
  return {
    widthPx: width,
    heightPx: height,
    rgb: half,
    face: { x: face.x / 2, y: face.y / 2, width: face.width / 2, height: face.height / 2 },
  };
}

/** Lays the person's picture over the frame so that its face fills the person's box. */
function paste(
  target: Uint8ClampedArray,
  widthPx: number,
  heightPx: number,
  pyramid: readonly FacePicture[],
  person: PersonInView,
  light: number,
): void {
  const { box } = person;
  const original = pyramid[0]!;
  const wanted = Math.sqrt((box.width * box.height) / (original.face.width * original.face.height));
  // At least as large as wanted, so that the rest is a reduction to a half at most.
  const level = Math.min(pyramid.length - 1, Math.max(0, Math.floor(-Math.log2(wanted))));
  const picture = pyramid[level]!;
  const scaleY = wanted * 2 ** level;
  const scaleX = scaleY * Math.cos((person.yawDeg * Math.PI) / 180);
  const { face } = picture;
  const left = box.x + box.width / 2 - (face.x + face.width / 2) * scaleX;
  const top = box.y + box.height / 2 - (face.y + face.height / 2) * scaleY;
  const lastX = picture.widthPx - 1;
  const lastY = picture.heightPx - 1;
  const fadeX = fadeAlong(picture.widthPx, face.x, face.width);
  const fadeY = fadeAlong(picture.heightPx, face.y, face.height);
  const fromX = Math.max(0, Math.ceil(left));
  const toX = Math.min(widthPx - 1, Math.floor(left + lastX * scaleX));
  const fromY = Math.max(0, Math.ceil(top));
  const toY = Math.min(heightPx - 1, Math.floor(top + lastY * scaleY));
  const source = picture.rgb;
  const row = picture.widthPx * 3;
  for (let y = fromY; y <= toY; y++) {
    const sourceY = Math.min(lastY, (y - top) / scaleY);
    const y0 = Math.min(Math.floor(sourceY), Math.max(0, lastY - 1));
    const shareY = sourceY - y0;
    const alphaY = fadeY(sourceY);
    for (let x = fromX; x <= toX; x++) {
      const sourceX = Math.min(lastX, (x - left) / scaleX);
      const alpha = alphaY * fadeX(sourceX);
      if (alpha <= 0) continue;
      const x0 = Math.min(Math.floor(sourceX), Math.max(0, lastX - 1));
      const shareX = sourceX - x0;
      const from = y0 * row + x0 * 3;
      const at = (y * widthPx + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const i = from + channel;
        const upper = source[i]! * (1 - shareX) + source[i + 3]! * shareX;
        const lower = source[i + row]! * (1 - shareX) + source[i + row + 3]! * shareX;
        const value = (upper * (1 - shareY) + lower * shareY) * light;
        target[at + channel] = target[at + channel]! * (1 - alpha) + value * alpha;
      }
    }
  }
}

/** Paper of a light blue, as of a surgical mask, with two folds. */
const maskRgb = [160, 196, 220] as const;
const foldLevel = 0.82;

/** Lays a mask over the lower part of a face: from the middle of the nose to below the chin, round at the cheeks. */
function paintMask(
  target: Uint8ClampedArray,
  widthPx: number,
  heightPx: number,
  box: Box,
  light: number,
): void {
  const middleX = box.x + box.width / 2;
  const top = box.y + 0.56 * box.height;
  const bottom = box.y + 1.02 * box.height;
  for (let y = Math.max(0, Math.ceil(top)); y < Math.min(heightPx, bottom); y++) {
    const down = (y - top) / (bottom - top);
    const half = (box.width / 2) * 0.96 * Math.sqrt(1 - down ** 3);
    const fold = Math.abs(down - 0.35) < 0.03 || Math.abs(down - 0.6) < 0.03 ? foldLevel : 1;
    const from = Math.max(0, Math.ceil(middleX - half));
    const to = Math.min(widthPx - 1, Math.floor(middleX + half));
    for (let x = from; x <= to; x++) {
      const at = (y * widthPx + x) * 3;
      for (let channel = 0; channel < 3; channel++) target[at + channel] = maskRgb[channel]! * fold * light;
    }
  }
}

/** How opaque a picture of `size` is along one axis: 0 at its edges, 1 over the face, smooth between. */
function fadeAlong(size: number, faceFrom: number, faceSize: number): (at: number) => number {
  const least = 2;
  const before = Math.max(least, Math.min(size * fadeShare, faceFrom));
  const after = Math.max(least, Math.min(size * fadeShare, size - faceFrom - faceSize));
  return (at) => smooth(Math.min(at / before, (size - 1 - at) / after));
}

function smooth(share: number): number {
  const t = Math.min(1, Math.max(0, share));
  return t * t * (3 - 2 * t);
}
