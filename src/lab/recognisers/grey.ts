import type { PixelRectangle } from '../../vision/cut.ts';

/** An 8-bit grey picture, row by row. */
export interface GreyPicture {
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * RGB to grey as OpenCV does for 8 bits: 0.299, 0.587 and 0.114 (ITU-R BT.601) as fractions of 2^15, rounded.
 */
export function toGrey(rgb: Uint8Array, widthPx: number, heightPx: number): GreyPicture {
  const pixels = new Uint8Array(widthPx * heightPx);
  for (let i = 0, p = 0; i < pixels.length; i++, p += 3) {
    pixels[i] = (9798 * rgb[p]! + 19235 * rgb[p + 1]! + 3735 * rgb[p + 2]! + 16384) >> 15;
  }
  return { pixels, widthPx, heightPx };
}

/** The rectangle, which must lie inside the picture. */
export function cropGrey(
  { pixels, widthPx }: GreyPicture,
  { left, top, right, bottom }: PixelRectangle,
): GreyPicture {
  const width = right - left;
  const height = bottom - top;
  const crop = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const from = (top + row) * widthPx + left;
    crop.set(pixels.subarray(from, from + width), row * width);
  }
  return { pixels: crop, widthPx: width, heightPx: height };
}
