import { join } from 'node:path';
import sharp from 'sharp';

export const widthPx = 640;
export const heightPx = 480;

/** A person of the built-in scene, before grey. */
export const pictureFile = join(import.meta.dir, '../../../demo/people/Ana.jpg');

/** One face of the built-in scene at arm's length of 0.8 m: about 100 x 136 px, before grey. */
export async function usualFrame(): Promise<Uint8Array> {
  const background = { width: widthPx, height: heightPx, channels: 3, background: '#777' } as const;
  return inSharedMemory(
    await sharp({ create: background })
      .composite([{ input: pictureFile, left: 200, top: 120 }])
      .removeAlpha()
      .raw()
      .toBuffer(),
  );
}

/** As the frames of a camera are. */
export function inSharedMemory(pixels: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
  shared.set(pixels);
  return shared;
}
