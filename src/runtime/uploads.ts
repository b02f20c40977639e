import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { decodePicture } from '../../hal/linux/picture.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import type { VigilConfig } from '../config/schema.ts';
import { EmbeddingNamer } from '../hearing/embedding-namer.ts';
import { centroidsPerPerson } from '../hearing/match.ts';
import type { NamedVoice } from '../hearing/namer.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { buildGallery, buildVoiceGallery } from '../people/gallery.ts';
import type { PeopleStore } from '../people/store.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { type LookedFace, recogniseFaces } from './face-looks.ts';
import { openRealModels } from './real-models.ts';
import { openVoiceModels } from './real-voice-models.ts';

/** Waiting for the models at once; more are told to come back. */
const mostWaiting = 4;
/** Models that nobody asked for this long are closed: they take some 200 MB. */
const idleMs = 60_000;
/** A picture with more pixels is refused, one with longer sides shrunk to these. */
const pictureLimits = { maxPixels: 40_000_000, maxWidthPx: 2_048, maxHeightPx: 2_048 };
const mostSoundSeconds = 60;
/** A minute of speech on a small board. */
const voiceLimitMs = 60_000;

/** What was sent cannot be looked at or listened to; the message says why. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
}

/** Too many wait already. */
export class UploadsBusyError extends Error {
  override readonly name = 'UploadsBusyError';
}

/** The faces of a picture, and the size of what was looked at. */
export interface SeenUpload {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly faces: readonly LookedFace[];
}

/**
 * Says who is in a picture or a recording that somebody sent, with models of its own beside the device's: whatever is
 * sent, the device goes on looking. One at a time; the models are loaded when they are first needed.
 */
export class Uploads implements AsyncDisposable {
  readonly #config: VigilConfig;
  readonly #stateDirectory: string;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  #faces: WorkerFaceModels | undefined;
  #voices: WorkerVoiceModels | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: Timer | undefined;

  constructor(options: {
    readonly config: VigilConfig;
    readonly stateDirectory: string;
    readonly clock: Clock;
  }) {
    this.#config = options.config;
    this.#stateDirectory = options.stateDirectory;
    this.#clock = options.clock;
  }

  /** Rejects with UploadError, UploadsBusyError, or what opening and running models rejects with. */
  recognise(picture: Uint8Array, store: PeopleStore): Promise<SeenUpload> {
    return this.#inTurn(picture, async (path, signal) => {
      const decoded = await decodePicture(path, pictureLimits, signal);
      const models = await this.#faceModels(signal);
      const gallery = buildGallery(store, models.pipelineId);
      const look = recogniseFaces(models, gallery, this.#clock, this.#config);
      const frame = { kind: 'picture', input: '', frame: 0, timestampMs: 0, ref: undefined } as const;
      const faces = await look({ ...frame, ...decoded }, signal);
      return { widthPx: decoded.widthPx, heightPx: decoded.heightPx, faces };
    });
  }

  /** Rejects as `recognise` does. */
  identify(recording: Uint8Array, store: PeopleStore): Promise<NamedVoice> {
    return this.#inTurn(recording, async (path, signal) => {
      const { sound } = await readSoundFile(path, signal, { mostSeconds: mostSoundSeconds });
      const models = await this.#voiceModels(signal);
      const gallery = buildVoiceGallery(store, models.pipelineId, centroidsPerPerson);
      const limits = voiceLimits(models.match, this.#config.hearing);
      return await new EmbeddingNamer(models, limits, gallery).name(sound, signal);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error('the device ends'));
    await this.#turn.catch(() => undefined);
    await this.#close();
  }

  async #inTurn<T>(bytes: Uint8Array, work: (path: string, signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#waiting >= mostWaiting) throw new UploadsBusyError('too many wait already');
    this.#waiting++;
    const before = this.#turn;
    const mine = (async () => {
      await before.catch(() => undefined);
      clearTimeout(this.#idle);
      this.#closing.signal.throwIfAborted();
      return await withFile(bytes, (path) => work(path, this.#closing.signal));
    })();
    this.#turn = mine;
    try {
      return await mine;
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && !this.#closing.signal.aborted) {
        this.#idle = setTimeout(() => {
          this.#turn = this.#close();
        }, idleMs);
      }
    }
  }

  async #faceModels(signal: AbortSignal): Promise<WorkerFaceModels> {
    // Pictures are handed over as they are; frames in a ring are a camera's.
    const ring = FrameRing.create({ widthPx: 64, heightPx: 48 });
    this.#faces ??= await openRealModels(this.#config, this.#stateDirectory, ring, this.#clock, signal);
    return this.#faces;
  }

  async #voiceModels(signal: AbortSignal): Promise<WorkerVoiceModels> {
    const limits = { callLimitMs: voiceLimitMs };
    this.#voices ??= await openVoiceModels(this.#config, this.#stateDirectory, this.#clock, limits, signal);
    return this.#voices;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#idle);
    const [faces, voices] = [this.#faces, this.#voices];
    [this.#faces, this.#voices] = [undefined, undefined];
    await Promise.all([faces?.close(), voices?.close()]);
  }
}

/** In memory where there is such a folder: nobody's face is written to a disk. It is deleted in any case. */
async function withFile<T>(bytes: Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'vigil-upload-'));
  const path = join(folder, 'upload');
  try {
    await writeFile(path, bytes, { mode: 0o600 });
    return await work(path);
  } catch (error) {
    const unfit =
      error instanceof HalError && (error.kind === 'invalid-argument' || error.kind === 'unsupported');
    throw unfit ? new UploadError(error.message.replaceAll(`${path}: `, 'it ')) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
