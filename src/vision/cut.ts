import type { Box, Point } from '../../hal/contract/face-models.ts';

/** A copied part of a picture, where its corner lies in it, and how many of its pixels make one of the cut's. */
export interface Cut {
  readonly rgb: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly x: number;
  readonly y: number;
  readonly scale: number;
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

/**
 * Copies rectangles out of pictures, all into the same memory: a cut is good until the next one. Large ones are
 * shrunk by a whole factor, each pixel the mean of a block: the networks take 256 px at most, and what is given to
 * them in pixels they hold four times over.
 */
export class PictureCutter {
  #buffer = new Uint8Array(0);

  /** The rectangle with no side over `maxSidePx`; undefined where it is empty. `rgb` is `widthPx` wide. */
  cut(rgb: Uint8Array, widthPx: number, rectangle: PixelRectangle, maxSidePx: number): Cut | undefined {
    const { left: x, top: y, right, bottom } = rectangle;
    if (!(right - x >= 1 && bottom - y >= 1)) return undefined;
    const scale = Math.ceil(Math.max(right - x, bottom - y) / maxSidePx);
    const width = Math.max(1, Math.floor((right - x) / scale));
    const height = Math.max(1, Math.floor((bottom - y) / scale));
    const bytes = width * height * 3;
    if (this.#buffer.length < bytes) this.#buffer = new Uint8Array(bytes);
    const part = this.#buffer.subarray(0, bytes);
    if (scale > 1) shrink(rgb, widthPx, rectangle, scale, part, width, height);
    else copyRows(rgb, widthPx, rectangle, part, width, height);
    return { rgb: part, widthPx: width, heightPx: height, x, y, scale };
  }
}

function copyRows(
  rgb: Uint8Array,
  widthPx: number,
  { left, top }: PixelRectangle,
  part: Uint8Array,
  width: number,
  height: number,
): void {
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * widthPx + left) * 3;
    part.set(rgb.subarray(from, from + width * 3), row * width * 3);
  }
}

function shrink(
  rgb: Uint8Array,
  widthPx: number,
  { left, top, right, bottom }: PixelRectangle,
  scale: number,
  part: Uint8Array,
  width: number,
  height: number,
): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const fromX = left + column * scale;
      const endX = Math.min(right, fromX + scale);
      const endY = Math.min(bottom, top + (row + 1) * scale);
      let red = 0;
      let green = 0;
      let blue = 0;
      let count = 0;
      for (let y = top + row * scale; y < endY; y++) {
        for (let x = fromX, p = (y * widthPx + fromX) * 3; x < endX; x++, p += 3) {
          red += rgb[p]!;
          green += rgb[p + 1]!;
          blue += rgb[p + 2]!;
          count++;
        }
      }
      const to = (row * width + column) * 3;
      part[to] = red / count + 0.5;
      part[to + 1] = green / count + 0.5;
      part[to + 2] = blue / count + 0.5;
    }
  }
}

/** A point of the cut in the picture. */
export function toPicture({ x, y, scale }: Cut, [cutX, cutY]: Point): Point {
  return [cutX * scale + x, cutY * scale + y];
}

/** A box of the cut in the picture. */
export function boxToPicture({ x, y, scale }: Cut, box: Box): Box {
  return {
    x: box.x * scale + x,
    y: box.y * scale + y,
    width: box.width * scale,
    height: box.height * scale,
  };
}
