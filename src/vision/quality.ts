import type { FaceQuality, Point } from '../../hal/contract/face-models.ts';

/** The middle of the standard 150 px chip that sharpness and light are measured on: 90 x 90 px. */
const chipSizePx = 150;
const first = 30;
const end = 120;

/** One more pixel on each side, for the Laplacian's neighbours. */
const greySide = end - first + 2;
const grey = new Float32Array(greySide * greySide);

/** What is measured on the pixels of a face's standard chip. */
export interface ChipQuality {
  readonly sharpness: number;
  readonly brightness: number;
  readonly contrast: number;
}

/**
 * Sharpness (variance of the 4-neighbour Laplacian), brightness (mean) and contrast (standard deviation) of the
 * grey level 0.299 R + 0.587 G + 0.114 B over the middle 90 x 90 px of a standard chip (150 x 150 RGB). The face
 * has one size there, so the numbers do not depend on its distance.
 */
export function measureChip(chip: Uint8Array): ChipQuality {
  for (let y = 0; y < greySide; y++) {
    let p = ((first - 1 + y) * chipSizePx + first - 1) * 3;
    for (let x = 0; x < greySide; x++, p += 3) {
      grey[y * greySide + x] = 0.299 * chip[p]! + 0.587 * chip[p + 1]! + 0.114 * chip[p + 2]!;
    }
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
  const n = (end - first) ** 2;
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
