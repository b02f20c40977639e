import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { type Manifest, type Pipeline, readManifest } from '../../src/models/manifest.ts';

const root = join(import.meta.dir, '../..');
const point = z.tuple([z.number(), z.number()]);
const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const detections = z.array(z.object({ score: z.number(), box, points: z.array(point) }));

const twoLookGolden = z.object({
  pictures: z.array(
    z.object({
      file: z.string(),
      widthPx: z.number(),
      heightPx: z.number(),
      first192x160: detections,
      first256x192: detections,
      first256x256: detections,
    }),
  ),
});

const alignedGolden = z.object({
  pictures: z.array(
    z.object({
      file: z.string(),
      faces: z.array(z.object({ box, points68: z.array(point), embedding: z.array(z.number()) })),
    }),
  ),
});

export type TwoLookPicture = z.infer<typeof twoLookGolden>['pictures'][number];
export type AlignedPicture = z.infer<typeof alignedGolden>['pictures'][number];

export function readTwoLookGolden(path: string): TwoLookPicture[] {
  return twoLookGolden.parse(JSON.parse(readFileSync(path, 'utf8'))).pictures;
}

export function readAlignedGolden(path: string): AlignedPicture[] {
  return alignedGolden.parse(JSON.parse(readFileSync(path, 'utf8'))).pictures;
}

/** A demo picture of the package @vladmandic/face-api (MIT), by the name it has in the golden files. */
export function demoPicture(file: string): string {
  return join(root, 'node_modules', file.replace('@1.7.15', ''));
}

/**
 * 8-bit sRGB. Colour profiles are ignored as Vigil does everywhere; the golden landmarks and embeddings alone were
 * made with them applied.
 */
export async function readRgb(
  path: string,
  { ignoreIcc } = { ignoreIcc: true },
): Promise<{ rgb: Uint8Array; widthPx: number; heightPx: number }> {
  const { data, info } = await sharp(path, { ignoreIcc })
    .rotate()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: new Uint8Array(data), widthPx: info.width, heightPx: info.height };
}

/** What is shipped, without what may have been added on this machine. */
export async function shippedManifest(): Promise<Manifest> {
  return await readManifest({ shippedDir: shippedModelsDir, addedDir: join(shippedModelsDir, 'none') });
}

export async function shippedPipeline(): Promise<Pipeline> {
  return (await shippedManifest()).pipeline();
}
