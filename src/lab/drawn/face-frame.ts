import type { Point } from '../../../hal/contract/face-models.ts';
import { posePoints } from '../../vision/quality.ts';

/** A picture, RGB, row by row. */
export interface RgbPicture {
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A face in a picture as things are drawn on it. */
export interface LandmarkedFace {
  readonly picture: RgbPicture;
  /** 68 points in the usual order, in pixels of the picture. */
  readonly landmarks: readonly Point[];
}

/**
 * The face's own axes: (0, 0) between the eyes, 1 is the distance of the eyes, u to the right of the picture along the
 * eye line, v down at right angles to it. In these, a brow is at v = -0.4, a chin at v = 1.7 or so.
 */
export class FaceFrame {
  readonly eyeDistancePx: number;
  readonly #middle: Point;
  readonly #along: Point;

  constructor(landmarks: readonly Point[]) {
    const { leftEye, rightEye } = posePoints(landmarks);
    const across = [rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]] as const;
    this.eyeDistancePx = Math.max(1, Math.hypot(...across));
    this.#middle = [(leftEye[0] + rightEye[0]) / 2, (leftEye[1] + rightEye[1]) / 2];
    this.#along = [across[0] / this.eyeDistancePx, across[1] / this.eyeDistancePx];
  }

  /** Where (u, v) is in the picture. */
  at(u: number, v: number): Point {
    const [x, y] = this.#along;
    const [middleX, middleY] = this.#middle;
    const d = this.eyeDistancePx;
    return [middleX + d * (u * x - v * y), middleY + d * (u * y + v * x)];
  }

  /** The same the other way. */
  of([px, py]: Point): Point {
    const [x, y] = this.#along;
    const dx = (px - this.#middle[0]) / this.eyeDistancePx;
    const dy = (py - this.#middle[1]) / this.eyeDistancePx;
    return [dx * x + dy * y, dy * x - dx * y];
  }
}

/** How brightly the two sides of a face are lit; 1 is skin in good light. */
export interface Light {
  readonly left: number;
  readonly right: number;
}

/** Of skin in good light. */
const usualLevel = 150;

/** Read from the cheeks, which a thing that is drawn should be as bright as. */
export function lightOn({ pixels, widthPx, heightPx }: RgbPicture, frame: FaceFrame): Light {
  const levelAt = (u: number) => {
    let sum = 0;
    let count = 0;
    for (let du = -0.15; du <= 0.15; du += 0.05) {
      for (let dv = -0.15; dv <= 0.15; dv += 0.05) {
        const place = frame.at(u + du, 0.6 + dv);
        const x = Math.round(place[0]);
        const y = Math.round(place[1]);
        if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) continue;
        const p = (y * widthPx + x) * 3;
        sum += 0.299 * pixels[p]! + 0.587 * pixels[p + 1]! + 0.114 * pixels[p + 2]!;
        count++;
      }
    }
    return count === 0 ? 1 : Math.max(0.15, Math.min(1.3, sum / count / usualLevel));
  };
  return { left: levelAt(-0.5), right: levelAt(0.5) };
}
