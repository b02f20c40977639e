import type { Box } from '../../hal/contract/face-models.ts';
import type { Detection } from '../models/detection.ts';
import type { Detector } from '../models/detector.ts';
import { overlap, suppressOverlaps } from '../models/suppress.ts';
import { boxToPicture, PictureCutter, toPicture, touchedPixels } from './cut.ts';

/** A place to look at once more: the box and score that another network, or an earlier frame, gave. */
export interface Candidate {
  readonly box: Box;
  readonly score: number;
}

/** A face that both looks agree on. `candidate` is what to look at in the next frame. */
export interface TwiceSeen extends Detection {
  readonly candidate: Candidate;
}

const maxOverlap = 0.3; // of two different faces, and the least of two looks at the same one
const minSecondScore = 0.1;
/** So that a crowd, or a wall of portraits, takes a bounded time. */
const maxCandidates = 48;
/** The second network sees 128 px. */
const maxCutPx = 1024;

/** Networks over a whole picture see 256 to 640 px of it. */
const maxPicturePx = 2048;

/** One network over the whole picture, which is shrunk first where it is very large. */
export async function detectWhole(
  network: Detector,
  cutter: PictureCutter,
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  minScore: number,
): Promise<Detection[]> {
  if (Math.max(widthPx, heightPx) <= maxPicturePx) {
    return await network.detect(rgb, widthPx, heightPx, minScore);
  }
  const whole = { left: 0, top: 0, right: widthPx, bottom: heightPx };
  const small = cutter.cut(rgb, widthPx, whole, maxPicturePx);
  if (small === undefined) return [];
  const found = await network.detect(small.rgb, small.widthPx, small.heightPx, minScore);
  return found.map(({ box, score, points }) => ({
    box: boxToPicture(small, box),
    score,
    points: points.map((point) => toPicture(small, point)),
  }));
}

/**
 * Two looks: over the whole picture, then once more, nearer, at each candidate. The first network finds nearly every
 * face but draws small ones loosely and likes things that are not faces; the second, on a cut in which the face has
 * a comfortable size, tells them apart and gives the box and the points. The score is the mean of both.
 */
export class TwoLooks {
  readonly #second: Detector;
  readonly #find: number;
  readonly #candidate: number;
  readonly #cutter = new PictureCutter();

  /** `find` is the least mean score; `candidate` the least first score that is worth a second look. */
  constructor(second: Detector, limits: { readonly find: number; readonly candidate: number }) {
    this.#second = second;
    this.#find = limits.find;
    // The second score is at most 1, so a first one under 2 * find - 1 cannot reach the mean any more.
    this.#candidate = Math.max(limits.candidate, 2 * limits.find - 1);
  }

  /** Both looks. Faces with the second network's own box, best first. */
  async lookOver(first: Detector, rgb: Uint8Array, widthPx: number, heightPx: number): Promise<TwiceSeen[]> {
    const candidates = await detectWhole(first, this.#cutter, rgb, widthPx, heightPx, this.#candidate);
    return await this.lookCloser(rgb, widthPx, heightPx, candidates.slice(0, maxCandidates));
  }

  /** The second look alone, at candidates that are known already. Best first. */
  async lookCloser(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    candidates: readonly Candidate[],
  ): Promise<TwiceSeen[]> {
    const seen: TwiceSeen[] = [];
    for (const candidate of candidates) {
      const face = await this.#confirm(rgb, widthPx, heightPx, candidate);
      if (face !== undefined && face.score >= this.#find) seen.push(face);
    }
    return suppressOverlaps(seen, maxOverlap);
  }

  async #confirm(
    rgb: Uint8Array,
    widthPx: number,
    heightPx: number,
    candidate: Candidate,
  ): Promise<TwiceSeen | undefined> {
    const { box } = candidate;
    const reach = Math.max(box.width, box.height); // half the side of the cut
    const centreX = box.x + box.width / 2;
    const centreY = box.y + box.height / 2;
    const around = { x: centreX - reach, y: centreY - reach, width: 2 * reach, height: 2 * reach };
    const near = this.#cutter.cut(rgb, widthPx, touchedPixels(around, widthPx, heightPx), maxCutPx);
    if (near === undefined) return undefined;
    const found = await this.#second.detect(near.rgb, near.widthPx, near.heightPx, minSecondScore);
    let best: Detection | undefined;
    for (const { box: local, score, points } of found) {
      if (best !== undefined && score <= best.score) continue;
      const shifted = boxToPicture(near, local);
      if (overlap(shifted, box) <= maxOverlap) continue;
      best = { box: shifted, score, points: points.map((point) => toPicture(near, point)) };
    }
    if (best === undefined) return undefined;
    const score = (candidate.score + best.score) / 2;
    return { ...best, score, candidate: { box: best.box, score: candidate.score } };
  }
}
