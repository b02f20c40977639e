import type { Box } from '../../hal/contract/face-models.ts';
import type { Detection, Detector } from '../models/detector.ts';
import { overlap, suppressOverlaps } from '../models/suppress.ts';
import { cut, touchedPixels } from './cut.ts';

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

/**
 * Looks over the whole picture, then once more, nearer, at each candidate. The first network finds nearly every
 * face but draws small ones loosely and likes things that are not faces; the second, on a cut in which the face
 * has a comfortable size, tells them apart and gives the box and the points. The score is the mean of both.
 *
 * @param limits `find` is the least mean score, `candidate` the least first score worth a second look.
 * @returns faces with the second network's own box, best first.
 */
export async function lookTwice(
  networks: { readonly first: Detector; readonly second: Detector },
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  limits: { readonly find: number; readonly candidate: number },
): Promise<TwiceSeen[]> {
  // The second score is at most 1, so a first one under 2 * find - 1 cannot reach the mean any more.
  const worthwhile = Math.max(limits.candidate, 2 * limits.find - 1);
  const candidates = await networks.first.detect(rgb, widthPx, heightPx, worthwhile);
  return lookCloser(networks.second, rgb, widthPx, heightPx, candidates.slice(0, maxCandidates), limits.find);
}

/** The second look alone, at candidates that are known already. Best first. */
export async function lookCloser(
  second: Detector,
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  candidates: readonly Candidate[],
  find: number,
): Promise<TwiceSeen[]> {
  const seen: TwiceSeen[] = [];
  for (const candidate of candidates) {
    const face = await confirm(second, rgb, widthPx, heightPx, candidate);
    if (face !== undefined && face.score >= find) seen.push(face);
  }
  return suppressOverlaps(seen, maxOverlap);
}

async function confirm(
  second: Detector,
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
  const near = cut(rgb, widthPx, touchedPixels(around, widthPx, heightPx));
  if (near === undefined) return undefined;
  const found = await second.detect(near.rgb, near.widthPx, near.heightPx, minSecondScore);
  let best: Detection | undefined;
  for (const { box: local, score, points } of found) {
    if (best !== undefined && score <= best.score) continue;
    const shifted = { ...local, x: local.x + near.x, y: local.y + near.y };
    if (overlap(shifted, box) <= maxOverlap) continue;
    best = { box: shifted, score, points: points.map(([x, y]) => [x + near.x, y + near.y] as const) };
  }
  if (best === undefined) return undefined;
  const score = (candidate.score + best.score) / 2;
  return { ...best, score, candidate: { box: best.box, score: candidate.score } };
}
