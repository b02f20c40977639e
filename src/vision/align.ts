import type { Box, Point } from '../../hal/contract/face-models.ts';
import meanFace from '../../models/mean-face-68.json' with { type: 'json' };
import type { Alignment } from '../models/entry.ts';

/** The chip that quality is measured on, and that the default embedder takes. */
export const standardAlignment: Alignment = { kind: 'dlib68', sizePx: 150, padding: 0.25, flip: true };

/** From chip to picture, both in pixels: x = xx * u + xy * v + tx, y = yx * u + yy * v + ty. */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly tx: number;
  readonly yx: number;
  readonly yy: number;
  readonly ty: number;
}

/**
 * The points that carry the alignment: nose, eyes and the upper edge of the mouth (27 to 54, 60 to 64), as dlib's
 * get_face_chip_details does. Jaw and brows follow expression and hair, the lower lip follows speech.
 */
const alignedPoints: readonly number[] = [...range(27, 54), ...range(60, 64)];

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Where those points lie on a chip with `padding` of the face frame on each side. */
function chipPositions(sizePx: number, padding: number): Point[] {
  const toChip = (unit: number) => ((padding + unit) / (1 + 2 * padding)) * sizePx;
  return alignedPoints.map((point) => {
    const row = point - meanFace.firstPoint;
    return [toChip(meanFace.x[row]!), toChip(meanFace.y[row]!)];
  });
}

const standardPositions = chipPositions(150, 0.25);

/** From the chip that `alignment` describes to the picture, for one face. */
export function chipToPicture(
  alignment: Alignment,
  face: { readonly box: Box; readonly landmarks: readonly Point[] },
): Affine {
  if (alignment.kind === 'box') return boxToPicture(alignment.sizePx, alignment.margin, face.box);
  const { sizePx, padding } = alignment;
  const standard = sizePx === 150 && padding === 0.25;
  return fitSimilarity(
    standard ? standardPositions : chipPositions(sizePx, padding),
    alignedPoints.map((point) => face.landmarks[point]!),
  );
}

/** The same for the square of a chip that begins `firstPx` to the right of and below the chip's corner. */
export function squareToPicture({ xx, xy, tx, yx, yy, ty }: Affine, firstPx: number): Affine {
  return { xx, xy, tx: tx + (xx + xy) * firstPx, yx, yy, ty: ty + (yx + yy) * firstPx };
}

/** The box with `margin` of its size added in all, each axis scaled for itself. */
function boxToPicture(sizePx: number, margin: number, box: Box): Affine {
  const xx = (box.width * (1 + margin)) / sizePx;
  const yy = (box.height * (1 + margin)) / sizePx;
  // Pixel centres lie at half pixels, so the chip's first centre is half a chip pixel inside the box.
  return {
    xx,
    xy: 0,
    tx: box.x - (box.width * margin) / 2 + xx / 2 - 0.5,
    yx: 0,
    yy,
    ty: box.y - (box.height * margin) / 2 + yy / 2 - 0.5,
  };
}

/**
 * The similarity that carries `from` onto `to` with the least sum of squared distances (Umeyama's closed form in
 * two dimensions, reflection excluded). Both lists have the same length, at least two different points.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Affine {
  const n = from.length;
  if (n < 2 || to.length !== n) throw new RangeError(`cannot fit ${n} points to ${to.length}`);
  let fromX = 0;
  let fromY = 0;
  let toX = 0;
  let toY = 0;
  for (let i = 0; i < n; i++) {
    fromX += from[i]![0];
    fromY += from[i]![1];
    toX += to[i]![0];
    toY += to[i]![1];
  }
  fromX /= n;
  fromY /= n;
  toX /= n;
  toY /= n;
  let dot = 0;
  let cross = 0;
  let square = 0;
  for (let i = 0; i < n; i++) {
    const qx = from[i]![0] - fromX;
    const qy = from[i]![1] - fromY;
    const px = to[i]![0] - toX;
    const py = to[i]![1] - toY;
    dot += qx * px + qy * py;
    cross += qx * py - qy * px;
    square += qx * qx + qy * qy;
  }
  if (square === 0) throw new RangeError('cannot fit a similarity to points that are all the same');
  const a = dot / square;
  const b = cross / square;
  return {
    xx: a,
    xy: -b,
    tx: toX - (a * fromX - b * fromY),
    yx: b,
    yy: a,
    ty: toY - (b * fromX + a * fromY),
  };
}
