import type { Camera, CameraSession, CameraSettings, FrameRef } from '../contract/camera.ts';
import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';
import { checkSettings } from './camera-settings.ts';
import { cameraSourceName } from './camera-source.ts';
import { Child } from './child.ts';
import {
  checkSource,
  type FfmpegSource,
  ffmpegArguments,
  ffmpegFailure,
  ffmpegInstallHint,
  installedFfmpegDialect,
  type Pace,
  type Scaling,
} from './ffmpeg.ts';

export interface FfmpegCameraOptions {
  readonly source: FfmpegSource;
  /** Where frames are assembled. A slot must hold a frame of the size asked for. */
  readonly ring: FrameRing;
  readonly clock: Clock;
  /** How a picture of another shape is brought to the size asked for; `pad` (black bars) by default. */
  readonly scaling?: Scaling;
  /** For a video file; `live` by default. */
  readonly pace?: Pace;
  /** What is asked of a V4L2 camera: `mjpeg`, `yuyv422`. By default ffmpeg takes the first that fits. */
  readonly inputFormat?: string;
  /** Opening fails with `timeout` when no frame has come after this time; 10 s by default. */
  readonly firstFrameTimeoutMs?: number;
  /** A running stream fails with `timeout` when no frame has come for this time (and at most a quarter more); 5 s by default. */
  readonly noFrameTimeoutMs?: number;
}

/**
 * A camera behind an ffmpeg child process: UVC, RTSP, MJPEG over HTTP, a video file, and (untested) a webcam on
 * macOS. A crash or a hang of a decoder stays in the child.
 *
 * A live stream that ends is always an error, whatever ffmpeg's exit code; only a file comes to an end. The driver
 * does not reconnect: whoever opened it decides when to try again.
 */
export class FfmpegCamera implements Camera {
  readonly name: string;
  readonly live: boolean;
  readonly #options: FfmpegCameraOptions;
  #inUse = false;

  constructor(options: FfmpegCameraOptions) {
    this.#options = options;
    this.name = cameraSourceName(options.source);
    this.live = options.source.kind !== 'video-file';
  }

  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    signal.throwIfAborted();
    checkSettings(this.name, settings, this.#options.ring);
    if (this.#inUse) throw new HalError('busy', this.name, 'is open already');
    this.#inUse = true;
    try {
      return await this.#start(settings, signal);
    } catch (error) {
      this.#inUse = false;
      throw error;
    }
  }

  async #start(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    const { source, clock } = this.#options;
    checkSource(source);
    const pace = this.#options.pace ?? 'live';
    const dialect = await installedFfmpegDialect(clock);
    signal.throwIfAborted();
    const request = {
      source,
      settings,
      pace,
      scaling: this.#options.scaling ?? 'pad',
      ...(this.#options.inputFormat === undefined ? {} : { inputFormat: this.#options.inputFormat }),
    };
    const child = new Child({
      command: ['ffmpeg', ...ffmpegArguments(request, dialect)],
      clock,
      installHint: ffmpegInstallHint,
    });
    const session = new FfmpegSession({
      ...this.#options,
      ...{ name: this.name, settings, pace, child },
      onClosed: () => {
        this.#inUse = false;
      },
    });
    try {
      await session.firstFrame(signal);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }
}

interface SessionOptions extends FfmpegCameraOptions {
  readonly name: string;
  readonly settings: CameraSettings;
  readonly pace: Pace;
  readonly child: Child;
  readonly onClosed: () => void;
}

/** A published frame, and how to give its slot back. */
interface Leased {
  readonly frame: FrameRef;
  readonly release: () => void;
}

/** How often within a time limit the stream is looked at: a process that was stopped itself gets another look. */
const looksPerLimit = 4;

class FfmpegSession implements CameraSession {
  readonly name: string;
  readonly #options: SessionOptions;
  readonly #frameBytes: number;
  readonly #everyFrame: boolean;
  #dropped = 0;
  /** The newest frame that nobody took yet. */
  #newest: Leased | undefined;
  #slot: number | undefined;
  #target: Uint8Array | undefined;
  #filled = 0;
  #sawFrames = false;
  /** Why there will be no more frames: an error, or `end` of a file. */
  #end: HalError | 'end' | undefined;
  #closing: Promise<void> | undefined;
  #readerActive = false;
  /** Woken when a frame, the end or the closing comes, or when a frame was taken. */
  #changed = Promise.withResolvers<void>();
  #waitingForPipe = false;
  #quietLooks = 0;
  #look: TimerId | undefined;
  readonly #pumped: Promise<void>;

  constructor(options: SessionOptions) {
    this.name = options.name;
    this.#options = options;
    this.#frameBytes = options.settings.widthPx * options.settings.heightPx * 3;
    this.#everyFrame = options.source.kind === 'video-file' && options.pace === 'every-frame';
    this.#lookAgain();
    this.#pumped = this.#pump();
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when the first frame is there to be taken. */
  async firstFrame(signal: AbortSignal): Promise<void> {
    while (this.#newest === undefined) {
      if (this.#end instanceof HalError) throw this.#end;
      await this.#change(signal);
    }
  }

  async *frames(signal: AbortSignal): AsyncGenerator<FrameRef, void, void> {
    if (this.#readerActive) throw new HalError('busy', this.name, 'its frames are being read already');
    this.#readerActive = true;
    try {
      for (;;) {
        const leased = await this.#next(signal);
        if (leased === undefined) return;
        try {
          yield leased.frame;
        } finally {
          leased.release();
        }
      }
    } finally {
      this.#readerActive = false;
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#stopLooking();
      this.#wake();
      await this.#options.child.stop();
      await this.#pumped;
      this.#newest?.release();
      this.#newest = undefined;
      this.#options.onClosed();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(signal: AbortSignal): Promise<Leased | undefined> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#closing !== undefined) throw new HalError('closed', this.name, 'the camera was closed');
      const leased = this.#newest;
      if (leased !== undefined) {
        this.#newest = undefined;
        this.#wake();
        return leased;
      }
      if (this.#end === 'end') return undefined;
      if (this.#end !== undefined) throw this.#end;
      await this.#change(signal);
    }
  }

  /** Reads the pipe to its end, whoever takes the frames: what is not taken is dropped, so that none is old. */
  async #pump(): Promise<void> {
    const { child, clock } = this.#options;
    const reader = child.stdout.getReader();
    try {
      while (this.#closing === undefined && this.#end === undefined) {
        this.#waitingForPipe = true;
        const chunk = await (this.#everyFrame ? clock.track(reader.read()) : reader.read());
        this.#waitingForPipe = false;
        if (chunk.done) break;
        await this.#take(chunk.value);
      }
    } catch (error) {
      this.#finish(new HalError('io', this.name, 'reading from ffmpeg failed', { cause: error }));
    }
    await reader.cancel().catch(() => undefined);
    await this.#concludeEnd();
  }

  /** Copies a piece of the pipe into the slot it belongs to: the only copy a frame sees. */
  async #take(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.length; ) {
      if (this.#filled === 0) await this.#claimSlot();
      if (this.#closing !== undefined || this.#end !== undefined) return;
      const length = Math.min(this.#frameBytes - this.#filled, chunk.length - offset);
      this.#target?.set(chunk.subarray(offset, offset + length), this.#filled);
      this.#filled += length;
      offset += length;
      if (this.#filled === this.#frameBytes) this.#publish();
    }
  }

  async #claimSlot(): Promise<void> {
    const { ring, clock } = this.#options;
    if (this.#everyFrame) {
      while (this.#newest !== undefined && this.#closing === undefined) await this.#changed.promise;
    }
    this.#slot = ring.claim();
    if (this.#slot === undefined && this.#newest !== undefined) {
      // Every slot is leased, one of them by the frame that waits here: the one that comes now is newer.
      this.#newest.release();
      this.#newest = undefined;
      this.#dropped++;
      this.#slot = ring.claim();
    }
    while (this.#everyFrame && this.#slot === undefined && this.#closing === undefined) {
      await clock.sleep(2); // readers elsewhere hold every slot; the ring does not tell when one is given back
      this.#slot = ring.claim();
    }
    this.#target = this.#slot === undefined ? undefined : ring.slotBytes(this.#slot);
  }

  #publish(): void {
    const { ring, clock, settings } = this.#options;
    this.#filled = 0;
    this.#quietLooks = 0;
    if (!this.#sawFrames) {
      this.#sawFrames = true;
      this.#stopLooking();
      this.#lookAgain(); // with the limit of a running stream
    }
    if (this.#slot === undefined) {
      this.#dropped++;
      return;
    }
    const { widthPx, heightPx } = settings;
    const frame = ring.publish(this.#slot, { widthPx, heightPx, receivedAtMs: clock.nowMs() });
    this.#slot = undefined;
    if (this.#newest !== undefined) {
      this.#newest.release();
      this.#dropped++;
    }
    this.#newest = { frame, release: ring.lease(frame) };
    this.#wake();
  }

  /** The pipe has ended: says why, unless it is known. */
  async #concludeEnd(): Promise<void> {
    this.#stopLooking();
    const { child, source } = this.#options;
    const end = await child.stop();
    const stderr = await child.stderr();
    const finished = source.kind === 'video-file' && this.#sawFrames && end.exitCode === 0;
    if (finished) return this.#finish('end');
    if (end.signal !== null && stderr === '') {
      this.#finish(new HalError('disconnected', this.name, `ffmpeg was ended by ${end.signal}`));
    }
    this.#finish(ffmpegFailure(source, stderr, this.#sawFrames));
  }

  #finish(end: HalError | 'end'): void {
    this.#end ??= end;
    this.#stopLooking();
    this.#wake();
  }

  #lookAgain(): void {
    const limitMs = this.#limitMs();
    this.#look = this.#options.clock.setTimeout(() => {
      this.#quietLooks = this.#waitingForPipe ? this.#quietLooks + 1 : 0;
      if (this.#quietLooks <= looksPerLimit) return this.#lookAgain();
      const what = this.#sawFrames ? `no frame for ${limitMs} ms` : `no first frame within ${limitMs} ms`;
      this.#finish(new HalError('timeout', this.name, what));
      this.#options.child.signal('SIGKILL'); // it may be stopped or stuck in the kernel: no use in asking
    }, limitMs / looksPerLimit);
  }

  #limitMs(): number {
    return this.#sawFrames
      ? (this.#options.noFrameTimeoutMs ?? 5_000)
      : (this.#options.firstFrameTimeoutMs ?? 10_000);
  }

  #stopLooking(): void {
    if (this.#look !== undefined) this.#options.clock.clearTimeout(this.#look);
    this.#look = undefined;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Waits for the next change. Abort rejects with the signal's reason. */
  #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return Promise.race([this.#changed.promise, aborted.promise]).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  }
}
