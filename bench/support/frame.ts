import { join } from 'node:path';
import sharp from 'sharp';
import { heightPx, inSharedMemory, widthPx } from '../../src/lab/speed/frame.ts';

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
