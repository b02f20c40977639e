import type { Camera, CameraSession, CameraSettings, FrameRef } from '../contract/camera.ts';
import type { Clock, TimerId } from '../contract/clock.ts';
import { asHalError, HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';
import type { FaultBoard } from './faults.ts';
import type { Scene, SceneView } from './scene.ts';
import { Wakeup } from './wakeup.ts';

/** What a frame of the simulated camera really shows. */
export interface FrameTruth {
  readonly picture: 'scene' | 'black' | 'garbled';
  /** The scene at the time of exposure, which lies back when the camera is frozen. Empty unless `scene`. */
  readonly view: SceneView;
}

/** Paints what a frame shows into a slot, RGB, row by row; the same truth gives the same pixels. */
export type ScenePainter = (truth: FrameTruth, pixels: Uint8Array) => void;

export interface SceneCameraOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly scene: Scene;
  readonly ring: FrameRing;
  readonly faults: FaultBoard;
  /** Without a painter no pixels are written: for models that know the truth. */
  readonly painter?: ScenePainter;
}

/** The twin of a camera: takes the scene's picture on the injected clock. */
export class SceneCamera implements Camera {
  readonly name: string;
  readonly live = true;
  readonly #options: SceneCameraOptions;
  #session: SceneCameraSession | undefined;
  // By slot: a few entries, renewed with the pixels.
  readonly #truths: { seq: number; truth: FrameTruth }[] = [];

  constructor(options: SceneCameraOptions) {
    this.name = options.name ?? 'camera';
    this.#options = options;
  }

  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    signal.throwIfAborted();
    const { scene, faults, ring } = this.#options;
    faults.check('camera', this.name, 'open');
    if (this.#session !== undefined) {
      throw new HalError('busy', this.name, 'it is open already: close the other session first');
    }
    if (!(settings.fps > 0) || !(settings.widthPx > 0) || !(settings.heightPx > 0)) {
      throw new HalError('invalid-argument', this.name, 'width, height and fps must be greater than 0');
    }
    const { widthPx, heightPx } = scene.script.camera;
    if (settings.widthPx !== widthPx || settings.heightPx !== heightPx) {
      throw new HalError(
        'unsupported',
        this.name,
        `the scene is ${widthPx}x${heightPx} px, not ${settings.widthPx}x${settings.heightPx}: ask for that size`,
      );
    }
    if (ring.share.slotBytes < widthPx * heightPx * 3) {
      throw new HalError(
        'invalid-argument',
        this.name,
        `a slot of the ring is too small for ${widthPx}x${heightPx}`,
      );
    }
    this.#session = new SceneCameraSession(this.name, this.#options, settings.fps, {
      published: (frame, truth) => {
        this.#truths[frame.slot] = { seq: frame.seq, truth };
      },
      closed: () => {
        this.#session = undefined;
      },
    });
    return this.#session;
  }

  /** What a frame really shows. Throws HalError `closed` when its slot was written again, as its pixels would. */
  truth(frame: FrameRef): FrameTruth {
    const entry = this.#truths[frame.slot];
    if (entry === undefined || entry.seq !== frame.seq) {
      throw new HalError('closed', this.name, `frame ${frame.seq} is gone: its slot was written again`);
    }
    return entry.truth;
  }
}

/** What the session tells its camera. */
interface SessionOwner {
  published(frame: FrameRef, truth: FrameTruth): void;
  closed(): void;
}

class SceneCameraSession implements CameraSession {
  readonly name: string;
  readonly #options: SceneCameraOptions;
  readonly #fps: number;
  readonly #owner: SessionOwner;
  readonly #wakeup = new Wakeup();
  #timer: TimerId;
  #dueMs: number;
  #dropped = 0;
  #newest: { frame: FrameRef; release: () => void } | undefined;
  #lastTruth: FrameTruth | undefined;
  #failure: HalError | undefined;
  #reading = false;
  #closed = false;

  constructor(name: string, options: SceneCameraOptions, fps: number, owner: SessionOwner) {
    this.name = name;
    this.#options = options;
    this.#fps = fps;
    this.#owner = owner;
    this.#dueMs = options.clock.nowMs();
    this.#timer = this.#schedule();
  }

  get dropped(): number {
    return this.#dropped;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<FrameRef, void, undefined> {
    if (this.#reading) throw new HalError('busy', this.name, 'its frames are being read already');
    this.#reading = true;
    const ignoreAbort = this.#wakeup.wakeOnAbort(signal);
    let release: (() => void) | undefined;
    try {
      for (;;) {
        signal.throwIfAborted();
        release?.();
        release = undefined;
        if (this.#closed) throw new HalError('closed', this.name, 'it was closed');
        if (this.#failure !== undefined) throw this.#failure;
        const newest = this.#newest;
        if (newest === undefined) {
          await this.#wakeup.wait();
          continue;
        }
        this.#newest = undefined;
        release = newest.release;
        yield newest.frame;
      }
    } finally {
      release?.();
      ignoreAbort();
      this.#reading = false;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#timer);
    this.#newest?.release();
    this.#newest = undefined;
    this.#owner.closed();
    this.#wakeup.wake();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #schedule(): TimerId {
    const { clock, faults } = this.#options;
    const fps = Math.min(this.#fps, faults.find('camera-slow')?.fps ?? this.#fps);
    // From the last due time, not from now: no drift.
    this.#dueMs += 1_000 / fps;
    return clock.setTimeout(() => this.#tick(), this.#dueMs - clock.nowMs());
  }

  #tick(): void {
    const { faults } = this.#options;
    try {
      faults.check('camera', this.name, 'read');
      if (faults.find('camera-stalled') === undefined) this.#take();
      this.#timer = this.#schedule();
    } catch (error) {
      this.#failure = asHalError(error, this.name);
    }
    this.#wakeup.wake();
  }

  #take(): void {
    const { clock, ring, painter, scene } = this.#options;
    const slot = ring.claim();
    if (slot === undefined) {
      this.#dropped++;
      return;
    }
    if (this.#newest !== undefined) {
      this.#dropped++;
      this.#newest.release();
    }
    const truth = this.#expose(clock.nowMs());
    painter?.(truth, ring.slotBytes(slot));
    const { widthPx, heightPx } = scene.script.camera;
    const frame = ring.publish(slot, { widthPx, heightPx, receivedAtMs: clock.nowMs() });
    this.#owner.published(frame, truth);
    this.#newest = { frame, release: ring.lease(frame) };
  }

  #expose(tMs: number): FrameTruth {
    const { faults, scene } = this.#options;
    if (faults.find('camera-frozen') !== undefined && this.#lastTruth !== undefined) return this.#lastTruth;
    const nothing = { tMs, light: scene.lightAt(tMs), people: [] };
    if (faults.find('camera-black') !== undefined) this.#lastTruth = { picture: 'black', view: nothing };
    else if (faults.find('camera-garbled') !== undefined)
      this.#lastTruth = { picture: 'garbled', view: nothing };
    else this.#lastTruth = { picture: 'scene', view: scene.at(tMs) };
    return this.#lastTruth;
  }
}
