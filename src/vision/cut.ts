import type { Box } from '../../hal/contract/face-models.ts';

/** A copied part of a picture, and where its corner lies in it. */
export interface Cut {
  readonly rgb: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly x: number;
  readonly y: number;
}

/** A rectangle of whole pixels inside the picture; may be empty. */
export interface PixelRectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Every pixel that the box touches, clipped to the picture. */
export function touchedPixels(
  { x, y, width, height }: Box,
  widthPx: number,
  heightPx: number,
): PixelRectangle {
  return {
    left: Math.max(0, Math.floor(x)),
    top: Math.max(0, Math.floor(y)),
    right: Math.min(widthPx, Math.ceil(x + width)),
    bottom: Math.min(heightPx, Math.ceil(y + height)),
  };
}

/**
 * The box clipped to the picture, then its corner and its size rounded down: what face-api cuts out for its
 * landmark network.
 */
export function roundedDown({ x, y, width, height }: Box, widthPx: number, heightPx: number): PixelRectangle {
  const clippedX = Math.max(0, x);
  const clippedY = Math.max(0, y);
  const left = Math.floor(clippedX);
  const top = Math.floor(clippedY);
  return {
    left,
    top,
    right: left + Math.floor(Math.min(x + width, widthPx) - clippedX),
    bottom: top + Math.floor(Math.min(y + height, heightPx) - clippedY),
  };
}

/** Copies rectangles out of pictures, all into the same memory: a cut is good until the next one. */
export class PictureCutter {
  #buffer = new Uint8Array(0);

  /** Undefined where the rectangle is empty. `rgb` is `widthPx` wide. */
  cut(rgb: Uint8Array, widthPx: number, rectangle: PixelRectangle): Cut | undefined {
    const { left: x, top: y } = rectangle;
    const width = rectangle.right - x;
    const height = rectangle.bottom - y;
    if (!(width >= 1 && height >= 1)) return undefined;
    const bytes = width * height * 3;
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
    const part = this.#buffer.subarray(0, bytes);
    for (let row = 0; row < height; row++) {
      const from = ((y + row) * widthPx + x) * 3;
      part.set(rgb.subarray(from, from + width * 3), row * width * 3);
    }
    return { rgb: part, widthPx: width, heightPx: height, x, y };
  }
}
