import type { Box, DetectedFace, Point } from '../../hal/contract/face-models.ts';
import { overlap } from '../models/suppress.ts';

/**
 * Why a face may not belong to the person the track had: it is not where it was expected, its box touches another
 * one's, another track or face was near enough to be the right one, or the track was out of sight in between.
 */
export type TrackDoubt = 'jump' | 'overlap' | 'crossing' | 'gap';

/** One face of a frame with its track. */
export interface TrackedFace {
  readonly trackId: number;
  /** Place in the list of faces that was given. */
  readonly index: number;
  readonly isNew: boolean;
  readonly doubt: TrackDoubt | undefined;
}

export interface TrackerOptions {
  /** A track that was not seen for this long is lost. */
  readonly lostAfterMs: number;
  /** The least detector score of a face that starts a track; a running one is followed below it. */
  readonly startScore: number;
  /** Ids count from here; 1 by default. */
  readonly firstTrackId?: number;
}

interface Track {
  id: number;
  box: Box;
  landmarks: readonly Point[];
  eyeDistancePx: number;
  /** Pixels per millisecond. */
  velocity: Point;
  seenAtMs: number;
  seenInLastFrame: boolean;
}

interface Pairing {
  readonly track: Track;
  readonly index: number;
  /** Mean distance of the landmarks from where they were expected, in eye distances, plus what the boxes miss. */
  readonly cost: number;
  readonly shift: number;
}

/** Landmarks farther than this from where they were expected, in eye distances per 100 ms, are another face. */
const maxShift = 3;
/** Beyond this another face may have come in between: side by side, two are at least twice as far apart. */
const jumpShift = 0.5;
/** Nearer or farther by more than this factor is another face. */
const maxScale = 1.8;
/** Two faces whose boxes share more than this, as intersection over union, may change places unseen. */
const touching = 0.02;

/**
 * Follows faces from frame to frame by place and size alone. A track is not an identity: where two people could
 * have been mixed up it says so, and whoever keeps an identity must look at the face again.
 */
export class FaceTracker {
  readonly #options: TrackerOptions;
  #tracks: Track[] = [];
  #nextId: number;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.#nextId = options.firstTrackId ?? 1;
  }

  /** The id of the next new track. */
  get nextTrackId(): number {
    return this.#nextId;
  }

  /** Takes the faces of one frame. `lost` are tracks that are over. */
  update(faces: readonly DetectedFace[], atMs: number): { tracked: TrackedFace[]; lost: number[] } {
    const pairings = this.#pairings(faces, atMs);
    const takenFaces = new Set<number>();
    const takenTracks = new Set<Track>();
    const tracked: TrackedFace[] = [];
    for (const pairing of pairings) {
      const { track, index } = pairing;
      if (takenFaces.has(index) || takenTracks.has(track)) continue;
      takenFaces.add(index);
      takenTracks.add(track);
      const doubt = this.#doubt(pairing, pairings, faces, atMs);
      follow(track, faces[index]!, atMs);
      tracked.push({ trackId: track.id, index, isNew: false, doubt });
    }
    const lost: number[] = [];
    for (const track of this.#tracks) {
      if (!takenTracks.has(track)) track.seenInLastFrame = false;
      if (atMs - track.seenAtMs >= this.#options.lostAfterMs) lost.push(track.id);
    }
    this.#tracks = this.#tracks.filter((track) => !lost.includes(track.id));
    faces.forEach((face, index) => {
      if (takenFaces.has(index) || face.score < this.#options.startScore) return;
      const track = this.#start(face, atMs);
      tracked.push({ trackId: track.id, index, isNew: true, doubt: undefined });
    });
    return { tracked: tracked.sort((a, b) => a.index - b.index), lost };
  }

  /** Gives the track a new id, because another person stands there now. */
  renew(trackId: number): number {
    const track = this.#tracks.find(({ id }) => id === trackId);
    if (track === undefined) throw new RangeError(`no track ${trackId}`);
    track.id = this.#nextId++;
    return track.id;
  }

  /** Ends every track; their ids. */
  endAll(): number[] {
    const ids = this.#tracks.map(({ id }) => id);
    this.#tracks = [];
    return ids;
  }

  /** Every track with every face it may be, the likeliest first. */
  #pairings(faces: readonly DetectedFace[], atMs: number): Pairing[] {
    const pairings: Pairing[] = [];
    for (const track of this.#tracks) {
      const elapsedMs = atMs - track.seenAtMs;
      // With few frames a second one may come late; after twice the time whoever is there has come anew.
      if (elapsedMs >= 2 * this.#options.lostAfterMs) continue;
      const reach = maxShift * Math.min(3, Math.max(1, elapsedMs / 100));
      faces.forEach((face, index) => {
        const scale = face.quality.eyeDistancePx / track.eyeDistancePx;
        if (!(scale < maxScale && scale > 1 / maxScale)) return;
        // Somebody who stops is where they were, not where they were going: the nearer of the two counts.
        const still = shiftOf(track, face, 0);
        const shift = elapsedMs <= 300 ? Math.min(still, shiftOf(track, face, elapsedMs)) : still;
        if (shift > reach) return;
        pairings.push({ track, index, shift, cost: shift + 1 - overlap(track.box, face.box) });
      });
    }
    return pairings.sort((a, b) => a.cost - b.cost);
  }

  #doubt(
    pairing: Pairing,
    pairings: readonly Pairing[],
    faces: readonly DetectedFace[],
    atMs: number,
  ): TrackDoubt | undefined {
    const { track, index } = pairing;
    if (!track.seenInLastFrame || atMs - track.seenAtMs >= this.#options.lostAfterMs) return 'gap';
    if (pairing.shift > jumpShift) return 'jump';
    const box = faces[index]!.box;
    const touched =
      faces.some((face, other) => other !== index && overlap(face.box, box) > touching) ||
      this.#tracks.some(
        (other) => other !== track && !other.seenInLastFrame && overlap(other.box, box) > touching,
      );
    if (touched) return 'overlap';
    const rival = pairings.some((other) => (other.track === track) !== (other.index === index));
    return rival ? 'crossing' : undefined;
  }

  #start(face: DetectedFace, atMs: number): Track {
    const track: Track = {
      id: this.#nextId++,
      box: face.box,
      landmarks: face.landmarks,
      eyeDistancePx: face.quality.eyeDistancePx,
      velocity: [0, 0],
      seenAtMs: atMs,
      seenInLastFrame: true,
    };
    this.#tracks.push(track);
    return track;
  }
}

function follow(track: Track, face: DetectedFace, atMs: number): void {
  const elapsedMs = atMs - track.seenAtMs;
  if (elapsedMs > 0) {
    const [fromX, fromY] = centre(track.box);
    const [toX, toY] = centre(face.box);
    track.velocity = [(toX - fromX) / elapsedMs, (toY - fromY) / elapsedMs];
  }
  track.box = face.box;
  track.landmarks = face.landmarks;
  track.eyeDistancePx = face.quality.eyeDistancePx;
  track.seenAtMs = atMs;
  track.seenInLastFrame = true;
}

/** Mean distance of a face's landmarks from where the track's would be after `elapsedMs`, in eye distances. */
function shiftOf(track: Track, face: DetectedFace, elapsedMs: number): number {
  const moveX = track.velocity[0] * elapsedMs;
  const moveY = track.velocity[1] * elapsedMs;
  const n = Math.min(track.landmarks.length, face.landmarks.length);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const [x, y] = track.landmarks[i]!;
    const [toX, toY] = face.landmarks[i]!;
    sum += Math.hypot(toX - x - moveX, toY - y - moveY);
  }
  return sum / n / Math.max(track.eyeDistancePx, face.quality.eyeDistancePx);
}

function centre({ x, y, width, height }: Box): Point {
  return [x + width / 2, y + height / 2];
}
