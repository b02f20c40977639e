import type { Box, Point } from '../../hal/contract/face-models.ts';
import type { LandmarkLocator } from '../models/landmarks.ts';
import { PictureCutter, roundedDown, toPicture } from './cut.ts';

/** A face is seen at 112 px; a cut beyond this only costs memory. */
const maxCutPx = 1024;

/** Finds the landmarks of faces whose boxes are known. */
export class LandmarkFinder {
  readonly #network: LandmarkLocator;
  readonly #cutter = new PictureCutter();

  constructor(network: LandmarkLocator) {
    this.#network = network;
  }

  /**
   * The landmarks of the face in `box` (brow to chin, ear to ear), in picture pixels; undefined where the box lies
   * outside the picture. The network was trained on cuts that end at the picture's edge, so nothing is padded here.
   */
  async find(rgb: Uint8Array, widthPx: number, heightPx: number, box: Box): Promise<Point[] | undefined> {
    const face = this.#cutter.cut(rgb, widthPx, roundedDown(box, widthPx, heightPx), maxCutPx);
    if (face === undefined) return undefined;
    const points = await this.#network.locate(face.rgb, face.widthPx, face.heightPx);
    return points.map((point) => toPicture(face, point));
  }
}
