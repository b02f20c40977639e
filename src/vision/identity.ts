import type { FaceMatch } from '../decide/evidence.ts';
import { unitSum } from '../models/unit.ts';
import {
  distanceBetween,
  type FaceGallery,
  judgeMatch,
  type MatchLimits,
  type Neighbour,
  nearestSubjects,
} from './match.ts';

export interface IdentityLimits extends MatchLimits {
  /** Accepted frames whose embeddings are averaged before anything is decided. */
  readonly framesToDecide: number;
  /** Squared L2 from the track's own mean beyond which a face is doubted, and looked at again in the next frame. */
  readonly doubtDistance: number;
  /** Beyond this it is somebody else for certain. */
  readonly replaceDistance: number;
}

/** The mean follows slow changes (light, pose): older frames count as at most this many. */
const maxMeanWeight = 8;

/** People noted with each match, for replay with another threshold. */
const neighboursKept = 3;

/** What a new embedding means for the track it was taken from. */
export type Acceptance = 'accepted' | 'doubted' | 'replaced';

/**
 * Who one track is: the running mean of its accepted unit embeddings and how it matches. Embeddings stay in here.
 */
export class Identity {
  readonly #limits: IdentityLimits;
  #mean: Float32Array;
  #frames = 1;
  #doubted = false;
  #nearest: Neighbour[];
  #match: FaceMatch;

  constructor(limits: IdentityLimits, gallery: FaceGallery, embedding: Float32Array) {
    this.#limits = limits;
    this.#mean = embedding;
    this.#nearest = nearestSubjects(gallery, embedding, neighboursKept);
    this.#match = judgeMatch(this.#nearest, limits);
  }

  /** Accepted frames that the mean rests on. */
  get frames(): number {
    return this.#frames;
  }

  /** The people nearest to the mean, nearest first. */
  get nearest(): readonly Neighbour[] {
    return this.#nearest;
  }

  /** True until enough frames are averaged, and while the newest one did not fit: the next frame is needed. */
  get undecided(): boolean {
    return this.#frames < this.#limits.framesToDecide || this.#doubted;
  }

  /** How the mean matches, where that may be said yet. */
  get match(): FaceMatch {
    const { framesToDecide } = this.#limits;
    if (this.#doubted) {
      const reason = 'the face in the newest frame does not fit those before it';
      return { ...this.#match, decision: 'unsure', subjectId: null, reason };
    }
    if (this.#frames < framesToDecide) {
      const reason = `${this.#frames} of ${framesToDecide} frames so far; ${this.#match.reason}`;
      return { ...this.#match, decision: 'unsure', subjectId: null, reason };
    }
    return this.#match;
  }

  /** Matches the mean anew, because the gallery has changed. */
  rematch(gallery: FaceGallery): void {
    this.#nearest = nearestSubjects(gallery, this.#mean, neighboursKept);
    this.#match = judgeMatch(this.#nearest, this.#limits);
  }

  /**
   * Takes in an embedding of the track's newest frame, unless it is somebody else's: too far from the mean, or
   * matching another person than the mean does. `inDoubt`: the tracker may have mixed two faces up, so that what
   * is merely doubtful otherwise counts. `replaced`: this identity is over.
   */
  take(embedding: Float32Array, gallery: FaceGallery, inDoubt: boolean): Acceptance {
    const { doubtDistance, replaceDistance } = this.#limits;
    const distance = distanceBetween(embedding, this.#mean);
    const alone = judgeMatch(nearestSubjects(gallery, embedding, 2), this.#limits);
    const own = this.#match.subjectId;
    const another = alone.subjectId !== null && own !== null && alone.subjectId !== own;
    if (distance > replaceDistance) return 'replaced';
    if (distance > doubtDistance || another) {
      if (inDoubt || this.#doubted) return 'replaced';
      this.#doubted = true;
      return 'doubted';
    }
    this.#doubted = false;
    const weight = Math.min(this.#frames, maxMeanWeight);
    this.#mean = unitSum([this.#mean.map((value) => value * weight), embedding]);
    this.#frames++;
    this.rematch(gallery);
    return 'accepted';
  }
}
