import sharp from 'sharp';
import type { Box, FaceMatchLimits, Point } from '../../hal/contract/face-models.ts';
import { touchedPixels } from '../vision/cut.ts';
import type { DescribedPictureFace } from '../vision/worker-face-models.ts';
import type { FaceDescriber, LabFaces } from './cache/remembered-faces.ts';
import type { LandmarkedFace, RgbPicture } from './drawn/face-frame.ts';

/** A face alone, cut out with room around it and not larger than is needed to embed it. */
export interface FacePicture extends LandmarkedFace {
  readonly box: Box;
  readonly eyeDistancePx: number;
}

/** The face whose middle is nearest to a place; undefined where there is none. */
export function nearestFace(
  faces: readonly DescribedPictureFace[],
  [x, y]: Point,
): DescribedPictureFace | undefined {
  const away = ({ face: { box } }: DescribedPictureFace) =>
    Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
  return faces.toSorted((a, b) => away(a) - away(b))[0];
}

/** The device's networks in all threads that there are: who asks waits for one that is free. */
export class FacePool {
  readonly match: FaceMatchLimits;
  /** How many pictures are looked at at once. */
  readonly size: number;
  readonly #idle: FaceDescriber[];
  readonly #waiting: ((describer: FaceDescriber) => void)[] = [];

  constructor({ match, describers }: Pick<LabFaces, 'match' | 'describers'>) {
    this.match = match;
    this.size = describers.length;
    this.#idle = [...describers];
  }

  /** The face whose middle is nearest to a place, by default the picture's; undefined where there is none. */
  async find(
    { pixels, widthPx, heightPx }: RgbPicture,
    near: Point | undefined,
    signal: AbortSignal,
  ): Promise<DescribedPictureFace | undefined> {
    const describer =
      this.#idle.pop() ?? (await new Promise<FaceDescriber>((give) => this.#waiting.push(give)));
    try {
      const faces = await describer.describe({ rgb: pixels, widthPx, heightPx }, signal);
      return nearestFace(faces, near ?? [widthPx / 2, heightPx / 2]);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(describer);
      else next(describer);
    }
  }
}

/** Room on each side of a face, in sizes of its box: enough for hats, for turning, and for a detector. */
const room = 1;
/** A face is embedded from a chip with eyes 45 px apart, so that more than this tells it nothing. */
const mostEyeDistancePx = 60;

/** Cuts a face out of its picture. */
export async function cutFace(
  picture: RgbPicture,
  { box, landmarks, quality }: DescribedPictureFace['face'],
): Promise<FacePicture> {
  const side = Math.max(box.width, box.height);
  const wide = {
    x: box.x - room * side,
    y: box.y - room * side,
    width: box.width + 2 * room * side,
    height: box.height + 2 * room * side,
  };
  const { left, top, right, bottom } = touchedPixels(wide, picture.widthPx, picture.heightPx);
  const scale = Math.min(1, mostEyeDistancePx / quality.eyeDistancePx);
  const width = Math.max(1, Math.round((right - left) * scale));
  const height = Math.max(1, Math.round((bottom - top) * scale));
  const raw = { width: picture.widthPx, height: picture.heightPx, channels: 3 as const };
  const pixels = await sharp(picture.pixels, { raw, limitInputPixels: false })
    .extract({ left, top, width: right - left, height: bottom - top })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer();
  const moved = ([x, y]: Point): Point => [(x - left) * scale, (y - top) * scale];
  const [x, y] = moved([box.x, box.y]);
  return {
    picture: { pixels, widthPx: width, heightPx: height },
    landmarks: landmarks.map(moved),
    box: { x, y, width: box.width * scale, height: box.height * scale },
    eyeDistancePx: quality.eyeDistancePx * scale,
  };
}
