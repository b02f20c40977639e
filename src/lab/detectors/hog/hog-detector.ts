import { hogFeatures, windowCells } from './features.ts';
import { correlate } from './filters.ts';
import { type HogImage, roundAwayFromZero } from './image.ts';
import { stepDown, stepUp } from './resize.ts';
import { type HogView, overlapLimits, readHogViews } from './weights.ts';

/** Pixels, both ends included, so it is `right - left + 1` wide; it may reach over the picture's edge. */
export interface HogRect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface HogDetection {
  readonly rect: HogRect;
  /** How far the window's sum lies above the view's threshold. */
  readonly score: number;
  /** Index of the view: front, left, right, front turned to the left and to the right. */
  readonly view: number;
}

export interface HogOptions {
  /** How often the picture is doubled first: the smallest face is 73 px wide, with 1 about 36 px. */
  readonly upsample: number;
  /** Added to each view's threshold; a negative one finds more. */
  readonly adjust: number;
}

/**
 * dlib's frontal face detector: HOG features in a pyramid of sizes, correlated with five filters. Rectangles, order
 * and scores are those of dlib 20.0.1 without fused multiply-add, to the bit, when given the same pixels.
 */
export class HogDetector {
  readonly #views: readonly HogView[];

  private constructor(views: readonly HogView[]) {
    this.#views = views;
  }

  /** Rejects with ModelError when the weights in the folder of models are missing or altered. */
  static async load(modelsDir: string): Promise<HogDetector> {
    return new HogDetector(await readHogViews(modelsDir));
  }

  /** The faces, strongest first. It blocks its thread: some tenths of a second for 640x480. */
  detect(image: HogImage, { upsample, adjust }: HogOptions): HogDetection[] {
    let bottom = image;
    for (let i = 0; i < upsample; i++) bottom = stepUp(bottom);
    const found = this.#views.map((): HogDetection[] => []);
    let levelImage = bottom;
    const levels = levelCount(bottom.widthPx, bottom.heightPx);
    for (let level = 0; level < levels; level++) {
      if (level > 0) levelImage = stepDown(levelImage);
      const map = hogFeatures(levelImage);
      // Smaller levels have no features either, and the pixels of the next one come from this one.
      if (map === undefined) break;
      for (const [view, { threshold, pairs }] of this.#views.entries()) {
        const sums = correlate(map, pairs);
        for (let at = 0; at < sums.values.length; at++) {
          const sum = sums.values[at]!;
          if (sum < threshold + adjust) continue;
          const row = Math.floor(at / sums.columns);
          const rect = windowRect(row, at - row * sums.columns, level);
          found[view]!.push({ rect, score: sum - threshold, view });
        }
      }
    }
    const kept = keepStrongest(found.flat());
    return kept.map((detection) => ({ ...detection, rect: toPicture(detection.rect, upsample) }));
  }
}

/** dlib counts the levels on a rectangle that it maps down, not on the pictures: the last ones may be under 64 px. */
function levelCount(widthPx: number, heightPx: number): number {
  const smallestPx = 64;
  const down = (coordinate: number) => roundAwayFromZero(((coordinate - 0.3) * 5) / 6);
  let right = widthPx - 1;
  let bottom = heightPx - 1;
  let levels = 0;
  do {
    right = down(right);
    bottom = down(bottom);
    levels++;
  } while (right + 1 >= smallestPx && bottom + 1 >= smallestPx);
  return levels;
}

/** The window at a position of a level's map, in pixels of level 0. */
function windowRect(row: number, column: number, level: number): HogRect {
  const last = windowCells - 1;
  return {
    left: toLevelZero(column, level),
    top: toLevelZero(row, level),
    right: toLevelZero(column + last, level),
    bottom: toLevelZero(row + last, level),
  };
}

/** Middle of a cell to a pixel, and up through the pyramid. The sign rule is dlib's. */
function toLevelZero(cell: number, level: number): number {
  const pixel = 8 * (cell - 3) + 1;
  let at = pixel >= 0 ? pixel + 4 : pixel - 4;
  for (let i = 0; i < level; i++) at = 1.2 * at + 0.3;
  return roundAwayFromZero(at);
}

/** From the enlarged picture back to the given one. dlib's corner mapping, which is not the inverse of its resizing. */
function toPicture(rect: HogRect, upsample: number): HogRect {
  let { left, top, right, bottom } = rect;
  for (let i = 0; i < upsample; i++) {
    left = left / 2 - 1.25;
    right = right / 2 - 1.25;
    top = top / 2 - 0.75;
    bottom = bottom / 2 - 0.75;
  }
  return {
    left: roundAwayFromZero(left),
    top: roundAwayFromZero(top),
    right: roundAwayFromZero(right),
    bottom: roundAwayFromZero(bottom),
  };
}

/** Strongest first, without those that overlap a stronger one, of whichever view it is. */
function keepStrongest(found: readonly HogDetection[]): HogDetection[] {
  const kept: HogDetection[] = [];
  for (const candidate of found.toSorted((a, b) => b.score - a.score)) {
    if (kept.every(({ rect }) => !overlaps(rect, candidate.rect))) kept.push(candidate);
  }
  return kept;
}

function overlaps(a: HogRect, b: HogRect): boolean {
  const both = area({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });
  if (both === 0) return false;
  const around = area({
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  });
  const { iou, covered } = overlapLimits;
  return both / around > iou || both / area(a) > covered || both / area(b) > covered;
}

function area({ left, top, right, bottom }: HogRect): number {
  return Math.max(0, right - left + 1) * Math.max(0, bottom - top + 1);
}
