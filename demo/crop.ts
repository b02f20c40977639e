/**
 * Cuts the people of the built-in scene out of the group photos that the MIT-licensed package @vladmandic/face-api
 * carries (demo/sample1.jpg to sample6.jpg, version 1.7.15). A maintainer's script: `bun demo/crop.ts`. The names
 * are invented.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

interface Crop {
  readonly file: string;
  readonly sample: 1 | 2 | 3 | 4 | 5 | 6;
  /** Centre and height of the face in the group photo. */
  readonly centrePx: readonly [number, number];
  readonly faceHeightPx: number;
  /** Turned upright by this, anticlockwise. */
  readonly turnDeg?: number;
}

const crops: readonly Crop[] = [
  // Enrolled, one picture each.
  { file: 'people/Ana.jpg', sample: 3, centrePx: [1182, 354], faceHeightPx: 312 },
  { file: 'people/Bea.jpg', sample: 6, centrePx: [360, 627], faceHeightPx: 268 },
  { file: 'people/Cleo.jpg', sample: 6, centrePx: [1586, 416], faceHeightPx: 299 },
  { file: 'people/Dora.jpg', sample: 3, centrePx: [693, 474], faceHeightPx: 272 },
  // The woman of people/Ana.jpg in another photo.
  { file: 'visitors/ana-another-day.jpg', sample: 1, centrePx: [1583, 321], faceHeightPx: 224, turnDeg: 20 },
  // Nobody of people/. The first stands beside Ana in sample3.jpg and is at squared distance 0.13 of her.
  { file: 'visitors/stranger-like-ana.jpg', sample: 3, centrePx: [1592, 440], faceHeightPx: 303 },
  { file: 'visitors/stranger.jpg', sample: 5, centrePx: [1197, 319], faceHeightPx: 235 },
];

const sidePx = 240;
/** The crop's side in face heights: hair and shoulders belong to a person. */
const margin = 1.7;

const samples = join(import.meta.dir, '../node_modules/@vladmandic/face-api/demo');
for (const { file, sample, centrePx, faceHeightPx, turnDeg } of crops) {
  const source = join(samples, `sample${sample}.jpg`);
  const { width, height } = await sharp(source).metadata();
  // Turned about its own centre, a square keeps an upright square of 1/sqrt(2) of its side.
  const side = Math.round(faceHeightPx * margin);
  const cutSide = turnDeg === undefined ? side : Math.ceil(side * Math.SQRT2);
  const left = Math.max(0, Math.min(width - cutSide, Math.round(centrePx[0] - cutSide / 2)));
  const top = Math.max(0, Math.min(height - cutSide, Math.round(centrePx[1] - cutSide / 2)));
  let crop = sharp(source).extract({ left, top, width: cutSide, height: cutSide });
  if (turnDeg !== undefined) {
    const turned = await sharp(await crop.png().toBuffer())
      .rotate(-turnDeg)
      .png()
      .toBuffer({ resolveWithObject: true });
    const edge = Math.round((turned.info.width - side) / 2);
    crop = sharp(turned.data).extract({ left: edge, top: edge, width: side, height: side });
  }
  const path = join(import.meta.dir, file);
  await mkdir(dirname(path), { recursive: true });
  await crop.resize(sidePx, sidePx).jpeg({ quality: 90 }).toFile(path);
  console.error(`${file} from sample${sample}.jpg`);
}
