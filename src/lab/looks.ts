import type { Point } from '../../hal/contract/face-models.ts';
import type { Random } from '../../hal/sim/random.ts';
import { InputError } from '../runtime/input-error.ts';
import type { DescribedPictureFace } from '../vision/worker-face-models.ts';
import type { DatasetPicture, Remarks } from './dataset.ts';
import { drawOn } from './drawn/draw.ts';
import type { RgbPicture } from './drawn/face-frame.ts';
import { maskSvg } from './drawn/mask.ts';
import { cutFace, type FacePicture, type FacePool } from './faces.ts';

/** What pictures are looked at with. */
export interface Looking {
  readonly faces: FacePool;
  /** Rejects with InputError for a picture that cannot be read. */
  readonly read: (path: string, signal: AbortSignal) => Promise<RgbPicture>;
  /** Takes what was left out. */
  readonly remarks: Remarks;
}

/** A picture of one person's face, embedded. */
export interface Look {
  readonly sha256: string;
  readonly embedding: Float32Array;
  /** As in FaceQuality. */
  readonly covered: number;
  readonly face: FacePicture;
}

/** The face in the middle of a picture; undefined, with a remark, where there is none or it cannot be read. */
export async function lookAt(
  { path, sha256 }: DatasetPicture,
  { faces, read, remarks }: Looking,
  signal: AbortSignal,
): Promise<Look | undefined> {
  let picture: RgbPicture;
  try {
    picture = await read(path, signal);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    remarks.add('cannot be read', path);
    return undefined;
  }
  const found = await faces.find(picture, undefined, signal);
  if (found === undefined) {
    remarks.add('no face was found', path);
    return undefined;
  }
  return {
    sha256,
    embedding: found.embedding,
    covered: found.face.quality.covered,
    face: await cutFace(picture, found.face),
  };
}

export function middleOf({ box }: Pick<FacePicture, 'box'>): Point {
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** The face at a place, `sizePx` large; undefined where none is found any more. */
export async function findAt(
  picture: RgbPicture,
  { middle, sizePx }: { readonly middle: Point; readonly sizePx: number },
  faces: FacePool,
  signal: AbortSignal,
): Promise<DescribedPictureFace | undefined> {
  const found = await faces.find(picture, middle, signal);
  if (found === undefined) return undefined;
  const [x, y] = middleOf(found.face);
  // Something else that is taken for a face is not the face.
  return Math.hypot(x - middle[0], y - middle[1]) > sizePx / 2 ? undefined : found;
}

export function sizeOf({ box }: Pick<FacePicture, 'box'>): number {
  return Math.max(box.width, box.height);
}

/** A face with a mask that was drawn on it. */
export interface DrawnMask {
  readonly picture: RgbPicture;
  /** Null where no face is found under the mask. */
  readonly embedding: Float32Array | null;
  /** As in FaceQuality; null likewise. */
  readonly covered: number | null;
}

/** The same face with a mask drawn over nose and mouth, of a kind, height and colour by chance. */
export async function withDrawnMask(
  face: FacePicture,
  faces: FacePool,
  random: Random,
  signal: AbortSignal,
): Promise<DrawnMask> {
  const kind = random.uniform() < 0.5 ? 'surgical' : 'cloth';
  const height = random.uniform() < 0.7 ? 'over-nose' : 'high';
  const picture = await drawOn(
    face,
    (of, frame, light, draw) => maskSvg(of, frame, light, { kind, height }, draw),
    random,
  );
  const place = { middle: middleOf(face), sizePx: sizeOf(face) };
  const found = await findAt(picture, place, faces, signal);
  return { picture, embedding: found?.embedding ?? null, covered: found?.face.quality.covered ?? null };
}
