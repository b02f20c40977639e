import type { Camera, CameraSession, CameraSettings } from '../contract/camera.ts';
import type { Clock } from '../contract/clock.ts';
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
import { FramePipe } from './frame-pipe.ts';
import { type PowerLine, setCameraControls } from './v4l2-controls.ts';

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
  /** The frequency of the mains whose lamps flicker, for a V4L2 camera; without it the camera keeps what it has. */
  readonly powerLine?: PowerLine;
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
    // At each opening: a camera that was unplugged has forgotten them.
    if (source.kind === 'v4l2') {
      await setCameraControls(source.device, { powerLine: this.#options.powerLine }, clock, signal);
    }
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
    const finite = source.kind === 'video-file';
    const session = new FramePipe({
      ...this.#options,
      ...{ name: this.name, settings, child, finite, everyFrame: finite && pace === 'every-frame' },
      failure: ({ stderr, gaveData, signal }) =>
        signal !== null && stderr === ''
          ? new HalError('disconnected', this.name, `ffmpeg was ended by ${signal}`)
          : ffmpegFailure(source, stderr, gaveData),
      onClosed: () => {
        this.#inUse = false;
      },
    });
    return await session.started(signal);
  }
}
