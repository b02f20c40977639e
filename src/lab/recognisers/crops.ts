import type { DetectedFace } from '../../../hal/contract/face-models.ts';
import { chipToPicture, standardAlignment } from '../../vision/align.ts';
import { touchedPixels } from '../../vision/cut.ts';
import { warpChip } from '../../vision/warp.ts';
import { cropGrey, toGrey } from './grey.ts';
import { resizeCubic } from './resize-cubic.ts';

/** What the old methods are given of a face: grey, this many pixels a side. */
const sidePx = 150;

/** The two ways to cut a face out for them. */
export interface GreyCrops {
  /** The detector's box, stretched to a square, as the Python program did. */
  readonly box: Uint8Array;
  /** Turned and scaled so that eyes, nose and mouth lie where they do in every other crop. */
  readonly aligned: Uint8Array;
}

/** Cuts a face out of an RGB picture in both ways. Undefined where the box lies outside. */
export function greyCrops(
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  { box, landmarks }: Pick<DetectedFace, 'box' | 'landmarks'>,
): GreyCrops | undefined {
  const rectangle = touchedPixels(box, widthPx, heightPx);
  if (rectangle.right <= rectangle.left || rectangle.bottom <= rectangle.top) return undefined;
  const crop = cropGrey(toGrey(rgb, widthPx, heightPx), rectangle);
  const chip = warpChip(rgb, widthPx, heightPx, chipToPicture(standardAlignment, { box, landmarks }), sidePx);
  return {
    box: resizeCubic(crop, sidePx, sidePx).pixels,
    aligned: toGrey(chip, sidePx, sidePx).pixels,
  };
}
