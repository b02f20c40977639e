import sharp from 'sharp';
import type { Random } from '../../../hal/sim/random.ts';
import { FaceFrame, type LandmarkedFace, type Light, lightOn, type RgbPicture } from './face-frame.ts';

/** Gives a drawing in the picture's pixels. */
export type Drawing = (face: LandmarkedFace, frame: FaceFrame, light: Light, random: Random) => string;

/** The picture with something drawn on its face, lit as the face is. The same face and seed give the same pixels. */
export async function drawOn(face: LandmarkedFace, drawing: Drawing, random: Random): Promise<RgbPicture> {
  const { pixels, widthPx, heightPx } = face.picture;
  const frame = new FaceFrame(face.landmarks);
  const drawn = drawing(face, frame, lightOn(face.picture, frame), random);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">${drawn}</svg>`;
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  const data = await sharp(pixels, { raw, limitInputPixels: false })
    .composite([{ input: Buffer.from(svg), limitInputPixels: false }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { pixels: data, widthPx, heightPx };
}
