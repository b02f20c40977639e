import { untilAborted } from '../contract/abort.ts';
import type { CameraSession, CameraSettings, FrameRef } from '../contract/camera.ts';
import type { Clock, TimerId } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';
import type { PipedChild, PipeEnd } from './child.ts';

export interface FramePipeOptions {
  readonly name: string;
  /** Writes frames of exactly the size of `settings` to its stdout, RGB, row by row without padding. */
  readonly child: PipedChild;
  readonly settings: CameraSettings;
  readonly ring: FrameRing;
  readonly clock: Clock;
  /** A file that may come to its end, and whose frames wait for their reader instead of being dropped. */
  readonly finite: boolean;
  readonly everyFrame: boolean;
  /** Why a child ended that was not asked to. */
  failure(end: PipeEnd): HalError;
  onClosed(): void;
  /** Opening fails with `timeout` when no frame has come after this time; 10 s by default. */
  readonly firstFrameTimeoutMs?: number;
  /** A running stream fails with `timeout` when no frame has come for this time (and at most a quarter more); 5 s by default. */
  readonly noFrameTimeoutMs?: number;
}

/** A published frame, and how to give its slot back. */
interface Leased {
  readonly frame: FrameRef;
  readonly release: () => void;
}

/** How often within a time limit the stream is looked at: a process that was stopped itself gets another look. */
const looksPerLimit = 4;

/**
 * The frames that a child process writes to its stdout, as a camera session: assembled once into slots of the ring,
 * the newest kept and the others counted, with a limit on the time without one.
 *
 * A live stream that ends is always an error, whatever the child's exit code; only a finite one comes to an end.
 */
export class FramePipe implements CameraSession {
  readonly name: string;
  readonly #options: FramePipeOptions;
  readonly #frameBytes: number;
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

  constructor(options: FramePipeOptions) {
    this.name = options.name;
    this.#options = options;
    this.#frameBytes = options.settings.widthPx * options.settings.heightPx * 3;
    this.#lookAgain();
    this.#pumped = this.#pump();
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** This session, as soon as the first frame is there to be taken; closed when there is none. */
  async started(signal: AbortSignal): Promise<this> {
    try {
      while (this.#newest === undefined) {
        if (this.#end instanceof HalError) throw this.#end;
        await this.#change(signal);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    return this;
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
    const { child, clock, everyFrame } = this.#options;
    const reader = child.stdout.getReader();
    try {
      while (this.#closing === undefined && this.#end === undefined) {
        this.#waitingForPipe = true;
        const chunk = await (everyFrame ? clock.track(reader.read()) : reader.read());
        this.#waitingForPipe = false;
        if (chunk.done) break;
        await this.#take(chunk.value);
      }
    } catch (error) {
      this.#finish(new HalError('io', this.name, `reading from ${child.name} failed`, { cause: error }));
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
    const { ring, clock, everyFrame } = this.#options;
    if (everyFrame) {
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
    while (everyFrame && this.#slot === undefined && this.#closing === undefined) {
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
    const { child, finite, failure } = this.#options;
    const ended = await child.stop();
    if (finite && this.#sawFrames && ended.exitCode === 0) return this.#finish('end');
    this.#finish(failure({ ...ended, stderr: await child.stderr(), gaveData: this.#sawFrames }));
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
    return untilAborted(this.#changed.promise, signal);
  }
}
