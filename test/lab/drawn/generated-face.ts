import type { Point } from '../../../hal/contract/face-models.ts';
import meanFace from '../../../models/mean-face-68.json' with { type: 'json' };
import type { LandmarkedFace } from '../../../src/lab/drawn/face-frame.ts';

/** An evenly lit picture with the landmarks of a face: the mean one in its middle, with half an ellipse as its jaw. */
export function generatedFace(sidePx = 200, level = 150): LandmarkedFace {
  const jaw = Array.from({ length: meanFace.firstPoint }, (_, index): Point => {
    const angle = (Math.PI * index) / (meanFace.firstPoint - 1);
    return [0.5 - 0.62 * Math.cos(angle), 0.25 + 0.85 * Math.sin(angle)];
  });
  const rest = meanFace.x.map((x, index): Point => [x, meanFace.y[index]!]);
  const landmarks = [...jaw, ...rest].map(
    ([x, y]): Point => [sidePx * (0.25 + 0.5 * x), sidePx * (0.3 + 0.5 * y)],
  );
  return {
    picture: { pixels: new Uint8Array(sidePx * sidePx * 3).fill(level), widthPx: sidePx, heightPx: sidePx },
    landmarks,
  };
}
