import type { Box, Point } from '../../hal/contract/face-models.ts';
import type { LandmarkLocator } from '../models/landmarks.ts';
import { cut, roundedDown } from './cut.ts';

/**
 * The landmarks of the face in `box` (brow to chin, ear to ear), in picture pixels; undefined where the box lies
 * outside the picture. The network was trained on cuts that end at the picture's edge, so nothing is padded here.
 */
export async function locateLandmarks(
  network: LandmarkLocator,
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  box: Box,
): Promise<Point[] | undefined> {
  const face = cut(rgb, widthPx, roundedDown(box, widthPx, heightPx));
  if (face === undefined) return undefined;
  const points = await network.locate(face.rgb, face.widthPx, face.heightPx);
  return points.map(([x, y]) => [x + face.x, y + face.y] as const);
}
