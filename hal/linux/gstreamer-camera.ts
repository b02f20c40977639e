import type { Camera, CameraSession, CameraSettings } from '../contract/camera.ts';
import type { Clock } from '../contract/clock.ts';
import { HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';
import { checkSettings } from './camera-settings.ts';
import { cameraSourceName } from './camera-source.ts';
import { Child } from './child.ts';
import { FramePipe } from './frame-pipe.ts';
import {
  type GstreamerSource,
  gstreamerArguments,
  gstreamerFailure,
  gstreamerInstallHint,
} from './gstreamer.ts';

export interface GstreamerCameraOptions {
  readonly source: GstreamerSource;
  /** Where frames are assembled. A slot must hold a frame of the size asked for. */
  readonly ring: FrameRing;
  readonly clock: Clock;
  /** Opening fails with `timeout` when no frame has come after this time; 10 s by default. */
  readonly firstFrameTimeoutMs?: number;
  /** A running stream fails with `timeout` when no frame has come for this time; 5 s by default. */
  readonly noFrameTimeoutMs?: number;
}

/**
 * A camera behind a gst-launch child process: the CSI cameras of a Jetson board, which only GStreamer reaches
 * (untested), and whatever else GStreamer has a source for. Like the one behind ffmpeg it does not reconnect.
 */
export class GstreamerCamera implements Camera {
  readonly name: string;
  readonly live = true;
  readonly #options: GstreamerCameraOptions;
  #inUse = false;

  constructor(options: GstreamerCameraOptions) {
    this.#options = options;
    this.name = cameraSourceName(options.source);
  }

  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    signal.throwIfAborted();
    checkSettings(this.name, settings, this.#options.ring);
    // GStreamer pads rows of RGB to a multiple of 4 bytes.
    if (settings.widthPx % 4 !== 0) {
      throw new HalError('unsupported', this.name, `a width of ${settings.widthPx} px is no multiple of 4`);
    }
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
    const child = new Child({
      command: ['gst-launch-1.0', ...gstreamerArguments(source, settings)],
      clock,
      installHint: gstreamerInstallHint,
      environment: { LC_ALL: 'C', GST_DEBUG_NO_COLOR: '1' },
      dataOnFd3: true,
    });
    const session = new FramePipe({
      ...this.#options,
      ...{ name: this.name, settings, child, finite: false, everyFrame: false },
      failure: ({ stderr, gaveData }) => gstreamerFailure(source, stderr, gaveData),
      onClosed: () => {
        this.#inUse = false;
      },
    });
    return await session.started(signal);
  }
}
