import { join } from 'node:path';
import sharp from 'sharp';

export const widthPx = 640;
export const heightPx = 480;

/**
 * One face, near: 172 x 229 px, the eyes 73 px apart. Cut out of a group photo of the MIT-licensed package
 * @vladmandic/face-api (demo/sample1.jpg).
 */
export async function nearFrame(): Promise<Uint8Array> {
  const photo = join(import.meta.dir, '../../node_modules/@vladmandic/face-api/demo/sample1.jpg');
  return inSharedMemory(
    await sharp(photo, { ignoreIcc: true })
      .extract({ left: 200, top: 250, width: widthPx, height: heightPx })
      .removeAlpha()
      .raw()
      .toBuffer(),
  );
}

/** One face of the built-in scene at arm's length of 0.8 m: about 100 x 136 px, before grey. */
export async function usualFrame(): Promise<Uint8Array> {
  const person = join(import.meta.dir, '../../demo/people/Ana.jpg');
  const background = { width: widthPx, height: heightPx, channels: 3, background: '#777' } as const;
  return inSharedMemory(
    await sharp({ create: background })
      .composite([{ input: person, left: 200, top: 120 }])
      .removeAlpha()
      .raw()
      .toBuffer(),
  );
}

/** As the frames of a camera are. */
function inSharedMemory(pixels: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
  shared.set(pixels);
  return shared;
}
