import sharp from 'sharp';

/** A picture as the graphs take it: RGB, row by row. */
export interface RgbPicture {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

export async function decodePicture(bytes: Uint8Array): Promise<RgbPicture> {
  const { data, info } = await sharp(bytes)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height };
}

/** The part of a rectangle (left, top, right, bottom) that lies in the picture. */
export function cut(
  picture: RgbPicture,
  [left = 0, top = 0, right = 0, bottom = 0]: readonly number[],
): RgbPicture {
  const x = Math.max(0, Math.floor(left));
  const y = Math.max(0, Math.floor(top));
  const widthPx = Math.min(picture.widthPx, Math.ceil(right)) - x;
  const heightPx = Math.min(picture.heightPx, Math.ceil(bottom)) - y;
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let row = 0; row < heightPx; row += 1) {
    const start = ((y + row) * picture.widthPx + x) * 3;
    data.set(picture.data.subarray(start, start + widthPx * 3), row * widthPx * 3);
  }
  return { data, widthPx, heightPx };
}

/** The whole picture stretched to a square. */
export async function stretch(picture: RgbPicture, sidePx: number): Promise<RgbPicture> {
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 } as const;
  const data = await sharp(picture.data, { raw }).resize(sidePx, sidePx, { fit: 'fill' }).raw().toBuffer();
  return { data, widthPx: sidePx, heightPx: sidePx };
}
