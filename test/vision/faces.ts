import type { DetectedFace, FaceQuality } from '../../hal/contract/face-models.ts';

/** A frontal face in good light with the middle of its eyes at (x, y). */
export function faceAt(
  x: number,
  y: number,
  eyeDistancePx: number,
  changed: { score?: number; quality?: Partial<FaceQuality> } = {},
): DetectedFace {
  const half = eyeDistancePx / 2;
  const width = 2.3 * eyeDistancePx;
  const height = 1.25 * width;
  return {
    box: { x: x - width / 2, y: y - 0.42 * height, width, height },
    score: changed.score ?? 0.88,
    landmarks: [
      [x - half, y],
      [x + half, y],
      [x, y + half],
      [x - 0.8 * half, y + 2 * half],
      [x + 0.8 * half, y + 2 * half],
    ],
    quality: {
      eyeDistancePx,
      sharpness: 42,
      brightness: 120,
      contrast: 36,
      yawRatio: 0,
      rollDeg: 0,
      covered: 0.02,
      ...changed.quality,
    },
  };
}
