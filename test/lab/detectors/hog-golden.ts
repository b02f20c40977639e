import { join } from 'node:path';
import { z } from 'zod';
import { decodePicture, defaultDecodeLimits } from '../../../hal/linux/picture.ts';
import type { HogDetection } from '../../../src/lab/detectors/hog/hog-detector.ts';
import type { HogImage } from '../../../src/lab/detectors/hog/image.ts';
import { testData } from '../../support/test-data.ts';

const runSchema = z.object({
  upsample: z.int(),
  adjust: z.number(),
  detections: z.array(
    z.object({
      rect: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      score: z.number(),
      view: z.number(),
    }),
  ),
});

const generatedSchema = z.object({
  kind: z.enum(['gray', 'rgb']),
  width: z.int(),
  height: z.int(),
  seed: z.int(),
  sha256: z.string(),
});

const photographSchema = z.object({ file: z.string(), sha256: z.string(), runs: z.array(runSchema) });

export type GoldenRun = z.infer<typeof runSchema>;
export type Photograph = z.infer<typeof photographSchema>;

const generatedFolder = join(import.meta.dir, '../../golden/dlib-hog');

/** Features and resized pictures that dlib 20.0.1 made of two generated pictures. */
export const goldenFeatures = z
  .object({
    images: z.array(
      generatedSchema.extend({
        fhogPadded10: z.object({ rows: z.int(), columns: z.int(), sha256: z.string() }),
        pyramidDown: z.object({ width: z.int(), height: z.int(), sha256: z.string() }),
        pyramidUp: z.object({ width: z.int(), height: z.int(), sha256: z.string() }),
      }),
    ),
  })
  .parse(await Bun.file(join(generatedFolder, 'features-generated.json')).json()).images;

/** What it finds in three generated pictures at a threshold so low that there is much to find. */
export const goldenDetections = z
  .object({ images: z.array(generatedSchema.extend({ runs: z.array(runSchema) })) })
  .parse(await Bun.file(join(generatedFolder, 'detections-generated.json')).json()).images;

/** What it finds in photographs, which are not part of the project; none where they are absent. */
export async function photographs(list: 'groups-rgb' | 'groups-gray' | 'lfw-rgb'): Promise<Photograph[]> {
  const path = testData(`golden/dlib-hog/${list}.json`);
  if (path === undefined || testData('data/faces') === undefined) return [];
  return z.object({ images: z.array(photographSchema) }).parse(await Bun.file(path).json()).images;
}

/** The picture as the goldens were made from it; throws when a decoder gives other bytes. */
export async function readPhotograph(photograph: Photograph, channels: 1 | 3): Promise<HogImage> {
  const path = testData(`data/faces/${photograph.file}`);
  if (path === undefined) throw new Error(`no ${photograph.file}`);
  const {
    pixels: rgb,
    widthPx,
    heightPx,
  } = await decodePicture(path, defaultDecodeLimits, new AbortController().signal);
  const pixels = channels === 3 ? rgb : greyOf(rgb);
  expectBytes(photograph.file, pixels, photograph.sha256);
  return { pixels, widthPx, heightPx, channels };
}

function greyOf(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => {
    const at = 3 * i;
    return (19595 * rgb[at]! + 38470 * rgb[at + 1]! + 7471 * rgb[at + 2]! + 32768) >> 16;
  });
}

/** Gradients with the noise of a linear congruential generator on them. */
export function generatedImage({
  kind,
  width,
  height,
  seed,
  sha256,
}: z.infer<typeof generatedSchema>): HogImage {
  let state = seed;
  const noise = () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >>> 27;
  };
  const levels: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (kind === 'gray') levels.push(5 * x + 3 * y + ((x * y) >> 3) + noise());
      else
        levels.push(4 * x + 2 * y + noise(), 16320 - 3 * x + y + noise(), ((x * x + y * y) >> 4) + noise());
    }
  }
  const pixels = Uint8Array.from(levels, (level) => level % 256);
  expectBytes(`seed ${seed}`, pixels, sha256);
  return { pixels, widthPx: width, heightPx: height, channels: kind === 'gray' ? 1 : 3 };
}

function expectBytes(what: string, bytes: Uint8Array, sha256: string): void {
  if (sha256Of(bytes) !== sha256) throw new Error(`${what}: the pixels are not those of the golden`);
}

export function sha256Of(bytes: Uint8Array | Float32Array): string {
  return new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
}

/** In the form of the goldens, so that they can be compared whole: order, rectangle, view, every bit of the score. */
export function asGolden(found: readonly HogDetection[]): GoldenRun['detections'] {
  return found.map(({ rect: { left, top, right, bottom }, score, view }) => ({
    rect: [left, top, right, bottom],
    score,
    view,
  }));
}
