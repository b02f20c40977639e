import sharp from 'sharp';
import type { FrameRef } from '../../hal/contract/camera.ts';
import { FrameRing, type FrameRingShare } from '../../hal/contract/frame-ring.ts';

/** Wide enough for a door's picture on a television; the boxes keep the camera's own coordinates. */
const mostWidthPx = 960;
const quality = 72;

sharp.concurrency(1);

/** Makes JPEGs of frames in the device's ring, on the thread of the page. They are never stored. */
export class PictureEncoder {
  readonly #ring: FrameRing;

  constructor(share: FrameRingShare) {
    this.#ring = new FrameRing(share);
  }

  /** Rejects with HalError `closed` when the frame is gone: a newer one will come. */
  async encode(frame: FrameRef): Promise<Uint8Array> {
    const raw = { width: frame.widthPx, height: frame.heightPx, channels: 3 as const };
    return await sharp(this.#ring.copy(frame), { raw, limitInputPixels: false })
      .resize({ width: mostWidthPx, withoutEnlargement: true })
      .jpeg({ quality })
      .toBuffer();
  }
}
