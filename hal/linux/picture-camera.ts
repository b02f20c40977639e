import { stat } from 'node:fs/promises';
import type { Camera, CameraSession, CameraSettings, FrameRef } from '../contract/camera.ts';
import type { Clock } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';
import { checkSettings } from './camera-settings.ts';
import { type DecodedPicture, decodePicture, defaultDecodeLimits, listPictures } from './picture.ts';

export interface PictureCameraOptions {
  /** A picture, or a folder that is searched for pictures. */
  readonly path: string;
  /** Where frames are assembled. A slot must hold a frame of the size asked for. */
  readonly ring: FrameRing;
  readonly clock: Clock;
  /** How long each picture is shown; 2 s by default. */
  readonly showMs?: number;
  /** Begins again after the last picture (default), or comes to its end. */
  readonly loop?: boolean;
  /** Told of each picture that could not be shown; the next one is shown instead. */
  readonly onProblem?: (path: string, error: HalError) => void;
}

/**
 * A camera that looks at pictures, at the pace of a live one: each is shown for its time, at the frame rate asked
 * for, fitted into the frame with black around it and never enlarged. `FrameRef.source` names the picture.
 *
 * A picture that cannot be decoded is told and left out. When not one can be shown the stream ends with the last
 * one's error.
 */
export class PictureCamera implements Camera {
  readonly name: string;
  readonly live = false;
  readonly #options: PictureCameraOptions;
  #inUse = false;

  constructor(options: PictureCameraOptions) {
    this.#options = options;
    this.name = options.path;
  }

  /** Decodes the first picture. Rejects with HalError as `listPictures` and `decodePicture` do. */
  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    signal.throwIfAborted();
    checkSettings(this.name, settings, this.#options.ring);
    if (this.#inUse) throw new HalError('busy', this.name, 'is open already');
    this.#inUse = true;
    const onClosed = () => {
      this.#inUse = false;
    };
    try {
      const pictures = await this.#options.clock.track(this.#list(signal));
      const session = new PictureSession({ ...this.#options, pictures, settings, onClosed });
      await session.showFirst(signal);
      return session;
    } catch (error) {
      onClosed();
      throw error;
    }
  }

  async #list(signal: AbortSignal): Promise<readonly string[]> {
    const { path, onProblem } = this.#options;
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false, // decoding says what is wrong
    );
    if (!isFolder) return [path];
    const { pictures, problems } = await listPictures(path, signal);
    for (const problem of problems) onProblem?.(problem.path, problem.error);
    if (pictures.length === 0) throw new HalError('not-found', path, 'there is no picture in this folder');
    return pictures;
  }
}

interface SessionOptions extends PictureCameraOptions {
  readonly pictures: readonly string[];
  readonly settings: CameraSettings;
  readonly onClosed: () => void;
}

/** A picture on show, since when. */
interface Shown {
  readonly path: string;
  readonly picture: DecodedPicture;
  readonly sinceMs: number;
}

/** The stream is a function of time: frame n is due at `openedAtMs + n / fps`, and nothing runs between calls. */
class PictureSession implements CameraSession {
  readonly name: string;
  readonly #options: SessionOptions;
  readonly #showMs: number;
  readonly #closed = new AbortController();
  #dropped = 0;
  /** The next picture to be decoded; counts on through the rounds. */
  #nextPicture = 0;
  #shown: Shown | undefined;
  #openedAtMs = 0;
  /** The number of the next frame that was not given yet. */
  #nextFrame = 0;
  #readerActive = false;

  constructor(options: SessionOptions) {
    this.name = options.path;
    this.#options = options;
    this.#showMs = options.showMs ?? 2000;
  }

  get dropped(): number {
    return this.#dropped;
  }

  async showFirst(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await this.#showNext(clock.nowMs(), signal);
    this.#openedAtMs = clock.nowMs();
    if (this.#shown !== undefined) this.#shown = { ...this.#shown, sinceMs: this.#openedAtMs };
  }

  async *frames(signal: AbortSignal): AsyncGenerator<FrameRef, void, void> {
    if (this.#readerActive) throw new HalError('busy', this.name, 'its frames are being read already');
    this.#readerActive = true;
    const either = AbortSignal.any([signal, this.#closed.signal]);
    try {
      for (;;) {
        either.throwIfAborted();
        const frame = await this.#next(either);
        if (frame === undefined) return;
        const release = this.#options.ring.lease(frame);
        try {
          yield frame;
        } finally {
          release();
        }
      }
    } finally {
      this.#readerActive = false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new HalError('closed', this.name, 'the camera was closed'));
    this.#shown = undefined;
    this.#options.onClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(signal: AbortSignal): Promise<FrameRef | undefined> {
    const { clock, settings, ring } = this.#options;
    for (;;) {
      await clock.sleep(Math.max(0, this.#dueMs(this.#nextFrame) - clock.nowMs()), signal);
      const nowMs = clock.nowMs();
      // Frames that came due while nobody asked: the newest is given, the others were dropped.
      while (this.#dueMs(this.#nextFrame + 1) <= nowMs) {
        this.#nextFrame++;
        this.#dropped++;
      }
      this.#nextFrame++;
      await this.#catchUp(nowMs, signal);
      const shown = this.#shown;
      if (shown === undefined) return undefined;
      const slot = ring.claim();
      if (slot === undefined) {
        this.#dropped++; // every slot is leased
        continue;
      }
      const { widthPx, heightPx } = settings;
      paint(shown.picture, ring.slotBytes(slot), widthPx, heightPx);
      return ring.publish(slot, { widthPx, heightPx, receivedAtMs: clock.nowMs(), source: shown.path });
    }
  }

  #dueMs(frame: number): number {
    return this.#openedAtMs + (frame * 1000) / this.#options.settings.fps;
  }

  /** Shows the picture whose turn it is; a reader that was away misses pictures, as before a live camera. */
  async #catchUp(nowMs: number, signal: AbortSignal): Promise<void> {
    const { pictures } = this.#options;
    if (pictures.length === 1 && this.#loops) return;
    while (this.#shown !== undefined && nowMs >= this.#shown.sinceMs + this.#showMs) {
      const turns = Math.floor((nowMs - this.#shown.sinceMs) / this.#showMs);
      this.#nextPicture += turns - 1;
      await this.#showNext(this.#shown.sinceMs + turns * this.#showMs, signal);
    }
  }

  /** Decodes the next picture that can be decoded; none is shown after the last one's end. */
  async #showNext(sinceMs: number, signal: AbortSignal): Promise<void> {
    const { pictures, settings, clock, onProblem } = this.#options;
    const limits = { ...defaultDecodeLimits, maxWidthPx: settings.widthPx, maxHeightPx: settings.heightPx };
    let lastError: HalError | undefined;
    for (let tried = 0; tried < pictures.length; tried++) {
      const index = this.#nextPicture++;
      const path = pictures[index % pictures.length];
      if (path === undefined || (index >= pictures.length && !this.#loops)) break;
      try {
        const picture = await clock.track(decodePicture(path, limits, signal));
        this.#shown = { path, picture, sinceMs };
        return;
      } catch (error) {
        signal.throwIfAborted();
        lastError = asHalError(error, path);
        onProblem?.(path, lastError);
      }
    }
    if (lastError !== undefined && (this.#loops || this.#shown === undefined)) throw lastError;
    this.#shown = undefined;
  }

  get #loops(): boolean {
    return this.#options.loop ?? true;
  }
}

/** Puts the picture into the middle of a black frame: the only copy after decoding. */
function paint(picture: DecodedPicture, frame: Uint8Array, widthPx: number, heightPx: number): void {
  const left = Math.floor((widthPx - picture.widthPx) / 2);
  const top = Math.floor((heightPx - picture.heightPx) / 2);
  const rowBytes = picture.widthPx * 3;
  if (rowBytes < widthPx * 3 || picture.heightPx < heightPx) frame.fill(0, 0, widthPx * heightPx * 3);
  for (let row = 0; row < picture.heightPx; row++) {
    const pixels = picture.pixels.subarray(row * rowBytes, (row + 1) * rowBytes);
    frame.set(pixels, ((top + row) * widthPx + left) * 3);
  }
}
