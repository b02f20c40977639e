import type { FrameRef } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { DetectedFace, FaceMatchLimits, FaceModels } from '../../hal/contract/face-models.ts';
import type { FaceEvidence } from '../decide/evidence.ts';
import { type GateLimits, gate, probeLimits, type Refusal } from './gate.ts';
import { Identity, type IdentityLimits } from './identity.ts';
import type { FaceGallery, Neighbour } from './match.ts';
import { FaceTracker, type TrackedFace } from './track.ts';

export interface SeeOptions extends IdentityLimits {
  /** What a face must be like to be embedded. */
  readonly gate: GateLimits;
  /** A decided face is embedded anew after this long: a third of a second at ten frames a second. */
  readonly verifyAfterMs: number;
  /** A track that was not seen for this long is over. */
  readonly lostAfterMs: number;
  /** Where the ids of tracks begin, so that they go on when models are replaced; 1 by default. */
  readonly firstTrackId?: number;
}

/** What is not said by whoever makes a `See`: the models' own limits and these. */
type GivenSeeOptions = { readonly [K in keyof SeeOptions]?: SeeOptions[K] | undefined };

/**
 * The default pipeline's. Threshold and margin: 1 % of strangers accepted with 50 people enrolled. The distances of
 * doubt are from portraits of 53 people taken on different days, the mean of three against another one: 1 % of
 * these are beyond 0.14 and none beyond 0.18, and 0.13 % of pictures of somebody else within 0.14.
 */
export const defaultSeeOptions: SeeOptions = {
  threshold: 0.125,
  margin: 0.03,
  framesToDecide: 3,
  doubtDistance: 0.14,
  replaceDistance: 0.18,
  gate: probeLimits,
  verifyAfterMs: 250,
  lostAfterMs: 1_000,
};

/** Another embedder has other distances: those of doubt keep their ratio to the threshold. */
export function seeOptionsOf({ threshold, margin }: FaceMatchLimits): SeeOptions {
  const scale = threshold / defaultSeeOptions.threshold;
  return {
    ...defaultSeeOptions,
    threshold,
    margin,
    doubtDistance: defaultSeeOptions.doubtDistance * scale,
    replaceDistance: defaultSeeOptions.replaceDistance * scale,
  };
}

function given(options: GivenSeeOptions): Partial<SeeOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** One person in a frame: what is known about them, and the face it was read from. */
export interface SeenPerson {
  readonly evidence: FaceEvidence;
  readonly face: DetectedFace;
  /** The people nearest to the track's mean embedding; empty before the first. */
  readonly nearest: readonly Neighbour[];
}

export interface Sight {
  /** Everybody in view, the nearest (largest) first. */
  readonly people: readonly FaceEvidence[];
  /** The same people with their faces. */
  readonly seen: readonly SeenPerson[];
  /** Tracks that are over: out of view, or somebody else stands there now. */
  readonly ended: readonly EndedTrack[];
}

export interface EndedTrack {
  readonly trackId: number;
  readonly why: 'lost' | 'replaced';
}

/** What is remembered of one track. */
interface Person {
  identity: Identity | undefined;
  /** Arrival of the newest embedded frame, and when its embedding was ready. */
  frameAtMs: number | null;
  embeddedAtMs: number | null;
  /** The tracker doubts that this is the same person, and no embedding has settled it yet. */
  inDoubt: boolean;
}

/**
 * Frame after frame to evidence about each person in view: detection, quality gate, tracks, embeddings of those
 * frames that need one, match, and the watch over tracks that another person takes over.
 *
 * An undecided track is embedded in every frame that passes the gate, a decided one every `verifyAfterMs` and
 * whenever the tracker doubts it.
 */
export class See {
  readonly #models: FaceModels;
  readonly #clock: Clock;
  readonly #options: SeeOptions;
  readonly #tracker: FaceTracker;
  readonly #persons = new Map<number, Person>();
  #gallery: FaceGallery;
  #source: string | undefined;
  /** Tracks that are over and not reported yet: a look that fails half way must not swallow them. */
  #ended: EndedTrack[] = [];

  constructor(models: FaceModels, clock: Clock, gallery: FaceGallery, options: GivenSeeOptions = {}) {
    this.#models = models;
    this.#clock = clock;
    this.#gallery = gallery;
    this.#options = { ...seeOptionsOf(models.match), ...given(options) };
    this.#tracker = new FaceTracker({
      lostAfterMs: this.#options.lostAfterMs,
      startScore: this.#options.gate.minScore,
      ...(options.firstTrackId === undefined ? {} : { firstTrackId: options.firstTrackId }),
    });
  }

  /** The id of the next new track. */
  get nextTrackId(): number {
    return this.#tracker.nextTrackId;
  }

  /** Ends every track: frames did not come for a while, and whoever is seen next comes anew. */
  endTracks(): void {
    this.#end(this.#tracker.endAll());
  }

  /** From the next frame on faces are compared with these people. Tracks keep their ids and embeddings. */
  setGallery(gallery: FaceGallery): void {
    this.#gallery = gallery;
    for (const { identity } of this.#persons.values()) identity?.rematch(gallery);
  }

  /** One call at a time. Rejects with what the models reject with; what was known stays known. */
  async look(frame: FrameRef, signal: AbortSignal): Promise<Sight> {
    const faces = await this.#models.detect(frame, signal);
    // Another picture of a folder has nothing to do with the one before.
    if (frame.source !== this.#source) this.#end(this.#tracker.endAll());
    this.#source = frame.source;

    const { tracked, lost } = this.#tracker.update(faces, frame.receivedAtMs);
    this.#end(lost);
    const looks = tracked.map((track) => this.#examine(track, faces[track.index]!, frame));
    const due = looks.filter((look) => look.due);
    if (due.length > 0) {
      const indices = due.map(({ index }) => index);
      const embeddings = await this.#models.embed(frame, indices, signal);
      const embeddedAtMs = this.#clock.nowMs();
      due.forEach((look, i) => {
        const embedding = this.#check(embeddings[i], frame);
        const replaced = this.#take(look.person, embedding);
        look.person.frameAtMs = frame.receivedAtMs;
        look.person.embeddedAtMs = embeddedAtMs;
        if (replaced) {
          this.#ended.push({ trackId: look.trackId, why: 'replaced' });
          this.#persons.delete(look.trackId);
          look.trackId = this.#tracker.renew(look.trackId);
          this.#persons.set(look.trackId, look.person);
        }
      });
    }
    const ended = this.#ended;
    this.#ended = [];
    const seen = looks.map((look) => ({
      evidence: evidenceOf(look),
      face: look.face,
      nearest: look.person.identity?.nearest ?? [],
    }));
    return { people: seen.map(({ evidence }) => evidence), seen, ended };
  }

  /** Gate and need of one tracked face. */
  #examine({ trackId, index, doubt }: TrackedFace, face: DetectedFace, frame: FrameRef): Look {
    let person = this.#persons.get(trackId);
    if (person === undefined) {
      person = { identity: undefined, frameAtMs: null, embeddedAtMs: null, inDoubt: false };
      this.#persons.set(trackId, person);
    }
    if (doubt !== undefined) person.inDoubt = true;
    const stale =
      person.frameAtMs === null || frame.receivedAtMs - person.frameAtMs >= this.#options.verifyAfterMs;
    const needed = stale || person.inDoubt || (person.identity?.undecided ?? true);
    const refusal = gate(face, this.#options.gate);
    return { trackId, index, face, person, refusal, needed, due: needed && refusal === undefined };
  }

  /** Whether the embedding is another person's, who then has taken the track over. */
  #take(person: Person, embedding: Float32Array): boolean {
    const acceptance = person.identity?.take(embedding, this.#gallery, person.inDoubt);
    person.inDoubt = false;
    if (acceptance === 'accepted' || acceptance === 'doubted') return false;
    person.identity = new Identity(this.#options, this.#gallery, embedding);
    return acceptance === 'replaced';
  }

  #check(embedding: Float32Array | undefined, frame: FrameRef): Float32Array {
    if (embedding?.length === this.#models.embeddingLength && embedding.every(Number.isFinite)) {
      return embedding;
    }
    throw new HalError(
      'io',
      this.#models.name,
      `an embedding of frame ${frame.seq} is not made of finite numbers`,
    );
  }

  #end(trackIds: readonly number[]): void {
    for (const trackId of trackIds) {
      this.#persons.delete(trackId);
      this.#ended.push({ trackId, why: 'lost' });
    }
  }
}

interface Look {
  trackId: number;
  readonly index: number;
  readonly face: DetectedFace;
  readonly person: Person;
  readonly refusal: Refusal | undefined;
  /** An embedding of this frame is needed; it is `due` when the face passes the gate too. */
  readonly needed: boolean;
  readonly due: boolean;
}

function evidenceOf({ trackId, face, person, refusal, needed }: Look): FaceEvidence {
  const { identity, frameAtMs, embeddedAtMs } = person;
  const match = identity?.match;
  const common = {
    trackId,
    distance: match?.distance ?? null,
    secondSubjectId: match?.secondSubjectId ?? null,
    secondDistance: match?.secondDistance ?? null,
    frames: identity?.frames ?? 0,
    frameAtMs,
    embeddedAtMs,
    eyeDistancePx: face.quality.eyeDistancePx,
    yawRatio: face.quality.yawRatio,
  };
  // A face that should have been checked and could not be is not taken for who it was.
  if (refusal !== undefined && (needed || match === undefined)) {
    return { ...common, decision: refusal.decision, subjectId: null, reason: refusal.reason };
  }
  if (match === undefined) {
    return { ...common, decision: 'unsure', subjectId: null, reason: 'not compared yet' };
  }
  const { decision, subjectId, reason } = match;
  return { ...common, decision, subjectId, reason };
}
