import type { FaceMatch } from '../decide/evidence.ts';

/** Everybody a face can be compared with: one unit embedding a person, the mean of their pictures'. */
export interface FaceGallery {
  readonly subjectIds: readonly string[];
  /** One row of `embeddingLength` a person, in the order of `subjectIds`. */
  readonly embeddings: Float32Array;
  readonly embeddingLength: number;
}

/** Whether the same people are known by the same embeddings. */
export function isSameGallery(a: FaceGallery, b: FaceGallery): boolean {
  return Bun.deepEquals([a.subjectIds, a.embeddings], [b.subjectIds, b.embeddings]);
}

/** Squared L2 distances of unit vectors. */
export interface MatchLimits {
  /** The farthest at which a person is known. */
  readonly threshold: number;
  /** How much further the second person must be. */
  readonly margin: number;
}

export interface Neighbour {
  readonly subjectId: string;
  readonly distance: number;
}

/**
 * The people nearest to a unit embedding, nearest first, equal distances in the gallery's order. Exact: every row
 * is compared. Squared L2 distances.
 */
export function nearestSubjects(gallery: FaceGallery, probe: Float32Array, count: number): Neighbour[] {
  const { subjectIds, embeddings, embeddingLength } = gallery;
  if (subjectIds.length === 0 || count < 1) return [];
  if (probe.length !== embeddingLength) {
    throw new RangeError(
      `an embedding of ${probe.length} numbers cannot be compared with ${embeddingLength}`,
    );
  }
  const rows: number[] = [];
  const distances: number[] = [];
  let worst = Number.POSITIVE_INFINITY;
  for (let row = 0; row < subjectIds.length; row++) {
    const distance = squaredDistance(embeddings, row * embeddingLength, probe);
    if (distance >= worst) continue;
    let place = distances.length;
    while (place > 0 && distances[place - 1]! > distance) place--;
    distances.splice(place, 0, distance);
    rows.splice(place, 0, row);
    if (distances.length > count) {
      distances.pop();
      rows.pop();
    }
    if (distances.length === count) worst = distances[count - 1]!;
  }
  return rows.map((row, place) => ({ subjectId: subjectIds[row]!, distance: distances[place]! }));
}

/** Squared L2 distance between a row of a matrix and a vector. Four sums, so that the additions do not wait. */
function squaredDistance(rows: Float32Array, offset: number, vector: Float32Array): number {
  const length = vector.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    const d0 = rows[offset + i]! - vector[i]!;
    const d1 = rows[offset + i + 1]! - vector[i + 1]!;
    const d2 = rows[offset + i + 2]! - vector[i + 2]!;
    const d3 = rows[offset + i + 3]! - vector[i + 3]!;
    s0 += d0 * d0;
    s1 += d1 * d1;
    s2 += d2 * d2;
    s3 += d3 * d3;
  }
  for (; i < length; i++) {
    const d = rows[offset + i]! - vector[i]!;
    s0 += d * d;
  }
  return s0 + s1 + s2 + s3;
}

/** Squared L2 distance of two vectors of one length. */
export function distanceBetween(a: Float32Array, b: Float32Array): number {
  return squaredDistance(a, 0, b);
}

/**
 * Known when the nearest person is within the threshold and the second at least the margin further; unsure when
 * only the margin fails; else unknown. `nearest` comes from `nearestSubjects`, two or more where there are so many.
 */
export function judgeMatch(nearest: readonly Neighbour[], limits: MatchLimits): FaceMatch {
  const [best, second] = nearest;
  const distances = {
    distance: best?.distance ?? null,
    secondSubjectId: second?.subjectId ?? null,
    secondDistance: second?.distance ?? null,
  };
  if (best === undefined) {
    return { decision: 'unknown', subjectId: null, ...distances, reason: 'nobody is enrolled' };
  }
  const at = `${best.subjectId} is nearest at ${best.distance.toFixed(3)}`;
  if (best.distance > limits.threshold) {
    const reason = `${at}, farther than ${limits.threshold}`;
    return { decision: 'unknown', subjectId: null, ...distances, reason };
  }
  const gap = second === undefined ? Number.POSITIVE_INFINITY : second.distance - best.distance;
  if (second !== undefined && gap < limits.margin) {
    const reason = `${at}, but ${second.subjectId} is only ${gap.toFixed(3)} farther, less than ${limits.margin}`;
    return { decision: 'unsure', subjectId: null, ...distances, reason };
  }
  const next =
    second === undefined ? 'nobody else is enrolled' : `the next person at ${second.distance.toFixed(3)}`;
  const reason = `${at}, within ${limits.threshold}; ${next}`;
  return { decision: 'known', subjectId: best.subjectId, ...distances, reason };
}
