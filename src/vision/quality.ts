import type { FaceQuality, Point } from '../../hal/contract/face-models.ts';

/** Sharpness and light are measured on the middle 90 x 90 px of the standard 150 px chip. */
const measuredPx = 90;

/** That middle as a square of the standard chip, with a pixel more on each side for the Laplacian's neighbours. */
export const measuredSquare = { firstPx: 29, sizePx: measuredPx + 2 } as const;

const greySide = measuredSquare.sizePx;
const grey = new Float32Array(greySide * greySide);

/** What is measured on the pixels of a face's standard chip. */
export interface ChipQuality {
  readonly sharpness: number;
  readonly brightness: number;
  readonly contrast: number;
}

/**
 * Sharpness (variance of the 4-neighbour Laplacian), brightness (mean) and contrast (standard deviation) of the
 * grey level 0.299 R + 0.587 G + 0.114 B over the middle 90 x 90 px of a standard chip. The face has one size there,
 * so the numbers do not depend on its distance.
 *
 * @param middle the chip's `measuredSquare`, RGB.
 */
export function measureChip(middle: Uint8Array): ChipQuality {
  for (let i = 0, p = 0; i < grey.length; i++, p += 3) {
    grey[i] = 0.299 * middle[p]! + 0.587 * middle[p + 1]! + 0.114 * middle[p + 2]!;
  }
  let sum = 0;
  let squares = 0;
  let edgeSum = 0;
  let edgeSquares = 0;
  for (let y = 1; y < greySide - 1; y++) {
    for (let i = y * greySide + 1; i < (y + 1) * greySide - 1; i++) {
      const level = grey[i]!;
      const edge = grey[i - 1]! + grey[i + 1]! + grey[i - greySide]! + grey[i + greySide]! - 4 * level;
      sum += level;
      squares += level * level;
      edgeSum += edge;
      edgeSquares += edge * edge;
    }
  }
  const n = measuredPx ** 2;
  return {
    sharpness: Math.max(0, edgeSquares / n - (edgeSum / n) ** 2),
    brightness: sum / n,
    contrast: Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2)),
  };
}

/** Eye centres and nose tip: what pose is read from. */
export interface PosePoints {
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly nose: Point;
}

/** From 68 points: the means of the eyes' outlines (36 to 41, 42 to 47) and the tip of the nose (30). */
export function posePoints(landmarks: readonly Point[]): PosePoints {
  return { leftEye: mean(landmarks, 36, 42), rightEye: mean(landmarks, 42, 48), nose: landmarks[30]! };
}

function mean(points: readonly Point[], from: number, to: number): Point {
  let x = 0;
  let y = 0;
  for (let i = from; i < to; i++) {
    x += points[i]![0];
    y += points[i]![1];
  }
  return [x / (to - from), y / (to - from)];
}

/**
 * Eye distance in picture pixels; the nose's offset from the eye centre along the eye line in eye distances
 * (0 frontal, positive towards the picture's right); roll of the eye line in degrees, clockwise on the picture.
 */
export function measurePose(points: PosePoints): Pick<FaceQuality, 'eyeDistancePx' | 'yawRatio' | 'rollDeg'> {
  const { leftEye, rightEye, nose } = points;
  const dx = rightEye[0] - leftEye[0];
  const dy = rightEye[1] - leftEye[1];
  const square = dx * dx + dy * dy;
  if (square === 0) return { eyeDistancePx: 0, yawRatio: 0, rollDeg: 0 };
  const noseX = nose[0] - (leftEye[0] + rightEye[0]) / 2;
  const noseY = nose[1] - (leftEye[1] + rightEye[1]) / 2;
  return {
    eyeDistancePx: Math.sqrt(square),
    yawRatio: (noseX * dx + noseY * dy) / square,
    rollDeg: (Math.atan2(dy, dx) * 180) / Math.PI,
  };
}
