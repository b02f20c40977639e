import type { Camera, CameraSession, CameraSettings } from '../contract/camera.ts';
import { HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';
import { checkSettings } from '../linux/camera-settings.ts';
import { FramePipe } from '../linux/frame-pipe.ts';
import { withoutPasswords } from '../linux/redact.ts';
import { CoProcessor, type CoProcessorPlace } from './co-processor.ts';

export interface OpencvCameraOptions {
  /** What OpenCV opens: the number of a camera, a device node, or an address. */
  readonly source: string;
  readonly place: CoProcessorPlace;
  /** Where frames are assembled. A slot must hold a frame of the size asked for. */
  readonly ring: FrameRing;
  /** Opening fails with `timeout` when no frame has come after this time; 10 s by default. */
  readonly firstFrameTimeoutMs?: number;
  /** A running stream fails with `timeout` when no frame has come for this time; 5 s by default. */
  readonly noFrameTimeoutMs?: number;
}

/** A camera through OpenCV's VideoCapture, in the native co-processor. It does not reconnect. */
export class OpencvCamera implements Camera {
  readonly name: string;
  readonly live = true;
  readonly #options: OpencvCameraOptions;
  #inUse = false;

  constructor(options: OpencvCameraOptions) {
    this.#options = options;
    this.name = `opencv:${withoutPasswords(options.source)}`;
  }

  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    signal.throwIfAborted();
    const { ring, place, source } = this.#options;
    checkSettings(this.name, settings, ring);
    if (this.#inUse) throw new HalError('busy', this.name, 'is open already');
    const child = new CoProcessor({
      ...place,
      task: { device: 'camera', source, ...settings },
      device: this.name,
      longestDataBytes: settings.widthPx * settings.heightPx * 3,
    });
    this.#inUse = true;
    const session = new FramePipe({
      ...this.#options,
      ...{ name: this.name, settings, child, clock: place.clock, finite: false, everyFrame: false },
      failure: (end) => child.failure(end),
      onClosed: () => {
        this.#inUse = false;
      },
    });
    return await session.started(signal);
  }
}
