import { createHash } from 'node:crypto';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import { decodePictureBytes } from '../../hal/linux/picture.ts';
import type { VigilConfig } from '../config/schema.ts';
import { type Consented, consentScope, consentTextVersion } from '../people/consent.ts';
import { JoinCheck, type JoinProblem } from '../people/join-check.ts';
import { normaliseName } from '../people/names.ts';
import type { Provenance } from '../people/person.ts';
import type { PeopleStore } from '../people/store.ts';
import { type EnrolPose, GuidedFrames } from '../vision/enrol-frames.ts';
import { enrolLimits } from '../vision/gate.ts';
import { distanceBetween } from '../vision/match.ts';
import { defaultSeeOptions } from '../vision/see.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { type EnrolCandidate, judgeFaces, type NotEnrolled } from './enrol-pictures.ts';
import { InputError } from './input-error.ts';
import { faceJoinLimits } from './join-limits.ts';
import { faceGate, matchLimits } from './match-limits.ts';
import type { Onlooker, Onlookers } from './onlookers.ts';

/** How somebody looks in the pictures that are taken now. */
export const enrolLooks = ['bare', 'glasses', 'mask'] as const;
export type EnrolLook = (typeof enrolLooks)[number];

/** Time to stand before the camera. */
const countdownMs = 5_000;
/** Nobody asks how it goes: whoever began has left. */
const abandonedAfterMs = 20_000;
/** A picture takes the models some 30 ms, which looking has to wait for. */
const frameEveryMs = 200;
/** More pictures of one look add nothing. */
const mostPictures = 12;
/** An uploaded picture is shrunk to fit into this. */
const uploadLimits = { maxPixels: 60_000_000, maxWidthPx: 1_600, maxHeightPx: 1_600 };

export interface EnrolmentPorts {
  readonly clock: Clock;
  readonly wallClock: Pick<WallClock, 'nowUtcMs'>;
  readonly config: VigilConfig;
  readonly store: PeopleStore;
  /** Undefined before they are loaded. */
  readonly models: () => WorkerFaceModels | undefined;
  readonly onlookers: Onlookers;
  readonly ring: FrameRing;
  readonly cameraName: () => string;
}

/** Who is to be enrolled, and who says so. */
export interface EnrolmentBeginning {
  readonly name: string;
  /** Of the text that was agreed to. */
  readonly consentVersion: string;
  readonly look: EnrolLook;
  /** Through the device's camera, or pictures that are given. */
  readonly source: 'camera' | 'pictures';
  readonly by: string;
}

export interface EnrolmentState {
  readonly phase: 'countdown' | 'looking' | 'review';
  readonly name: string;
  readonly countdownS: number;
  /** How the head is to be held; null while nothing is looked for. */
  readonly pose: EnrolPose | null;
  /** Why the newest picture is not good enough; null where it is. */
  readonly hint: NotEnrolled['reason'] | 'another-person' | null;
  readonly pictures: readonly { readonly look: EnrolLook; readonly score: number }[];
}

export interface Enrolled {
  readonly subjectId: string;
  readonly name: string;
  readonly isNew: boolean;
  readonly pictures: number;
}

interface Taken {
  readonly look: EnrolLook;
  readonly candidate: EnrolCandidate;
}

/** The pictures speak against somebody else, or against those before; whoever knows better can say so. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused';
}

/**
 * Enrols somebody who stands before the camera of a running device, or from pictures that are given, step by step. The
 * device goes on looking: this is shown the same frames. One at a time; one that nobody asks about any more ends.
 */
export class GuidedEnrolment implements Onlooker {
  readonly #ports: EnrolmentPorts;
  readonly #beginning: EnrolmentBeginning;
  readonly #abort = new AbortController();
  readonly #taken: Taken[] = [];
  readonly #remove: () => void;
  readonly #onEnd: () => void;
  #guided: GuidedFrames<EnrolCandidate> | undefined;
  #look: EnrolLook;
  #looksAtMs: number;
  #nextFrameMs = 0;
  #busy = false;
  #hint: EnrolmentState['hint'] = null;
  #abandoned: ReturnType<Clock['setTimeout']> | undefined;

  /**
   * Throws InputError for what cannot be begun: a mask where masked faces are refused, another text of consent than the
   * one that is asked for; PeopleStoreError for a name that is none.
   */
  constructor(ports: EnrolmentPorts, beginning: EnrolmentBeginning, onEnd: () => void) {
    const name = normaliseName(beginning.name);
    if (beginning.consentVersion !== consentTextVersion(consentAsked(ports, name))) {
      throw new InputError('the text of consent is another one by now: read it again');
    }
    refuseMask(ports.config, beginning.look);
    this.#ports = ports;
    this.#beginning = { ...beginning, name };
    this.#look = beginning.look;
    this.#looksAtMs = ports.clock.nowMs() + countdownMs;
    this.#onEnd = onEnd;
    if (beginning.source === 'camera') this.#guided = new GuidedFrames();
    this.#remove = ports.onlookers.add(this);
    this.#renew();
  }

  /** How it goes. Whoever does not ask any more has left. */
  state(): EnrolmentState {
    this.#renew();
    const restMs = this.#looksAtMs - this.#ports.clock.nowMs();
    const isCounting = this.#guided !== undefined && restMs > 0;
    return {
      phase: this.#guided === undefined ? 'review' : isCounting ? 'countdown' : 'looking',
      name: this.#beginning.name,
      countdownS: isCounting ? Math.ceil(restMs / 1_000) : 0,
      pose: this.#guided?.pose ?? null,
      hint: isCounting ? null : this.#hint,
      pictures: [
        ...this.#taken,
        ...(this.#guided?.frames ?? []).map((candidate) => ({ look: this.#look, candidate })),
      ].map(({ look, candidate }) => ({ look, score: candidate.rank })),
    };
  }

  /** Takes more pictures, with another look. Throws InputError. */
  again(look: EnrolLook): void {
    refuseMask(this.#ports.config, look);
    if (this.#taken.length >= mostPictures) throw new InputError('there are pictures enough: keep them');
    this.#look = look;
    this.#guided = new GuidedFrames();
    this.#hint = null;
    this.#looksAtMs = this.#ports.clock.nowMs() + countdownMs;
  }

  /** Goes on with the pictures that were taken. */
  enough(): void {
    for (const candidate of this.#guided?.frames ?? []) this.#taken.push({ look: this.#look, candidate });
    this.#guided = undefined;
  }

  /** Adds a picture from a file. Rejects with InputError where it cannot be used. */
  async addPicture(bytes: Uint8Array, fileName: string): Promise<void> {
    const models = this.#models();
    if (this.#taken.length >= mostPictures) throw new InputError('there are pictures enough: keep them');
    const picture = await decodePictureBytes(bytes, uploadLimits).catch(() => {
      throw new InputError('this is no picture that can be read');
    });
    const contentSha256 = createHash('sha256').update(bytes).digest('hex');
    const provenance = { source: 'file', path: fileName, contentSha256 } as const;
    const result = await this.#judge(models, { ...picture, rgb: picture.pixels }, provenance);
    if ('message' in result) throw new InputError(`${result.reason}: ${result.message}`);
    if (this.#isAnother(result)) throw new InputError('this is another person than in the pictures before');
    this.#taken.push({ look: this.#look, candidate: result });
  }

  /** Stores what was taken. Throws InputError where there is nothing, JoinRefused where it is somebody else's face. */
  save(anyway: boolean): Enrolled {
    const { store, wallClock, config } = this.#ports;
    const { name, by, consentVersion } = this.#beginning;
    const models = this.#models();
    const [first, ...others] = this.#taken.map(({ candidate }) => candidate.sample);
    if (first === undefined) throw new InputError('there is no picture yet');
    const samples = [first, ...others] as const;
    const before = store.find(name);
    const limits = faceJoinLimits(matchLimits(config, models));
    const check = new JoinCheck(store.embeddings('face', models.pipelineId), limits);
    for (const { embedding } of samples) {
      const problem = check.problemOf(before?.subjectId, embedding);
      if (problem !== undefined && !anyway) throw new JoinRefused(tellProblem(problem, name, store));
      if (before !== undefined) check.add(before.subjectId, embedding);
    }
    const consent = {
      recordedBy: by,
      recordedAtUtcMs: Math.round(wallClock.nowUtcMs()),
      textVersion: consentVersion,
      expiresOn: null,
    };
    const { person, isNew } = store.enrol({ name, consent, samples, by });
    this.end();
    return { subjectId: person.subjectId, name: person.name, isNew, pictures: samples.length };
  }

  /** Idempotent; nothing is kept of what was not saved. */
  end(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(new Error('the enrolment has ended'));
    this.#ports.clock.clearTimeout(this.#abandoned ?? 0);
    this.#remove();
    this.#onEnd();
  }

  sees(frame: FrameRef): void {
    const models = this.#ports.models();
    const { receivedAtMs, widthPx, heightPx } = frame;
    if (this.#guided === undefined || models === undefined || this.#busy) return;
    if (receivedAtMs < this.#looksAtMs || receivedAtMs < this.#nextFrameMs) return;
    this.#nextFrameMs = receivedAtMs + frameEveryMs;
    this.#busy = true;
    const rgb = this.#ports.ring.copy(frame);
    const contentSha256 = createHash('sha256').update(rgb).digest('hex');
    const provenance = { source: 'camera', camera: this.#ports.cameraName(), contentSha256 } as const;
    void this.#judge(models, { rgb, widthPx, heightPx }, provenance, receivedAtMs)
      .then((result) => this.#next(receivedAtMs, result))
      .catch(() => {}) // models that fail are the device's own trouble, and come back
      .finally(() => {
        this.#busy = false;
      });
  }

  hears(): void {}

  #next(atMs: number, result: EnrolCandidate | NotEnrolled): void {
    const guided = this.#guided;
    if (guided === undefined || this.#abort.signal.aborted) return;
    const refused = 'message' in result ? result.reason : this.#isAnother(result) ? 'another-person' : null;
    this.#hint = refused;
    const good =
      'message' in result || refused !== null
        ? undefined
        : { frame: result, yawRatio: result.face.quality.yawRatio };
    guided.next(atMs, good);
    if (guided.pose === undefined) this.enough();
  }

  async #judge(
    models: WorkerFaceModels,
    picture: { readonly rgb: Uint8Array; readonly widthPx: number; readonly heightPx: number },
    provenance: Provenance,
    timestampMs = 0,
  ): Promise<EnrolCandidate | NotEnrolled> {
    const faces = await models.describe(picture, this.#abort.signal);
    // What covers a face with a mask is what is wanted then.
    const limits = this.#look === 'mask' ? { ...enrolLimits, maxCovered: 1 } : enrolLimits;
    const place = { input: this.#ports.cameraName(), frame: 0, timestampMs };
    return await judgeFaces(faces, {
      ...{ picture: place, provenance, pipelineId: models.pipelineId, limits },
      shown: this.#ports.config.people.keepOriginals ? picture : undefined,
    });
  }

  /** A mask hides too much to tell; what the store says of the pictures is asked when they are saved. */
  #isAnother({ sample }: EnrolCandidate): boolean {
    if (this.#look === 'mask') return false;
    const first = this.#taken.find(({ look }) => look !== 'mask')?.candidate ?? this.#guided?.frames[0];
    if (first === undefined) return false;
    return distanceBetween(first.sample.embedding, sample.embedding) > defaultSeeOptions.replaceDistance;
  }

  #models(): WorkerFaceModels {
    const models = this.#ports.models();
    if (models === undefined) throw new InputError('the models are not loaded yet: again in a moment');
    return models;
  }

  #renew(): void {
    const { clock } = this.#ports;
    if (this.#abandoned !== undefined) clock.clearTimeout(this.#abandoned);
    if (!this.#abort.signal.aborted) this.#abandoned = clock.setTimeout(() => this.end(), abandonedAfterMs);
  }
}

/** What somebody of that name has to agree to. Throws PeopleStoreError for a name that is none. */
export function consentAsked(
  { store, config }: Pick<EnrolmentPorts, 'store' | 'config'>,
  name: string,
): Pick<Consented, 'scope' | 'keepOriginals'> {
  const known = store.find(name)?.subjectId;
  const before = store.people().find(({ subjectId }) => subjectId === known);
  return { scope: consentScope(before, 'face'), keepOriginals: config.people.keepOriginals };
}

function refuseMask(config: VigilConfig, look: EnrolLook): void {
  if (look !== 'mask' || faceGate(config).maxCovered >= 1) return;
  throw new InputError(
    'this device names nobody whose face is covered (vision.covered), so a mask would add nothing',
  );
}

function tellProblem(problem: JoinProblem, name: string, store: PeopleStore): string {
  switch (problem.problem) {
    case 'outlier':
      return `this is not the face that is known as ${name} (distance ${problem.distance.toFixed(2)})`;
    case 'looks-like-another':
      return `this face is known as ${store.nameOf(problem.otherSubjectId)} (distance ${problem.distance.toFixed(3)})`;
    case 'harms-another':
      return `with these pictures ${store.nameOf(problem.otherSubjectId)} would not be told from ${name} any more`;
  }
}
