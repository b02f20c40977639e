import { existsSync } from 'node:fs';
import type { Camera, CameraSession, CameraSettings } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import {
  bestCamera,
  type CameraSource,
  cameraSourceName,
  listCameras,
  parseCameraSource,
} from '../../hal/linux/camera-source.ts';
import { waitForCamera, waitForDevice } from '../../hal/linux/device-watch.ts';
import { FfmpegCamera } from '../../hal/linux/ffmpeg-camera.ts';
import { GstreamerCamera } from '../../hal/linux/gstreamer-camera.ts';
import { PictureCamera } from '../../hal/linux/picture-camera.ts';
import { OpencvCamera } from '../../hal/native/opencv-camera.ts';
import type { VigilConfig } from '../config/schema.ts';
import { FallbackCamera } from './native-fallback.ts';
import { nativeDirectory } from './native-place.ts';

export interface LiveCameraOptions {
  readonly ring: FrameRing;
  readonly clock: Clock;
  readonly config: VigilConfig;
}

/**
 * The camera that a source names, with the one that the configuration gives in its place when its native co-processor
 * cannot be used. Throws HalError for a source that means nothing or is not there.
 */
export function cameraFor(text: string, options: LiveCameraOptions): Camera {
  const { fallback } = options.config.camera;
  const camera = sourceFor(text, options);
  if (!(camera instanceof OpencvCamera) || fallback === undefined) return camera;
  return new FallbackCamera(camera, sourceFor(fallback, options));
}

function sourceFor(text: string, options: LiveCameraOptions): Camera {
  const source = parseCameraSource(text);
  return source.kind === 'auto' ? new AutomaticCamera(options) : driverFor(source, options);
}

/**
 * Calls back when the camera that a source names is plugged in, until the signal is aborted. Only for one that is
 * away now: a camera that is there and cannot be opened is tried again after a growing wait and not all the time.
 */
export function watchForCamera(text: string, appeared: () => void, signal: AbortSignal): void {
  const source = parseCameraSource(text);
  if (source.kind === 'auto' && listCameras().length === 0) {
    waitForCamera(signal).then(appeared, () => undefined);
    return;
  }
  const device = deviceNode(source);
  if (device !== undefined && !existsSync(device)) {
    waitForDevice(device, signal).then(appeared, () => undefined);
  }
}

/** What appears in /dev when the camera is plugged in. */
function deviceNode(source: CameraSource): string | undefined {
  if (source.kind === 'v4l2') return source.device;
  if (source.kind === 'opencv') {
    const node = /^\d+$/.test(source.source) ? `/dev/video${source.source}` : source.source;
    return node.startsWith('/dev/') ? node : undefined;
  }
  return source.kind === 'gstreamer' ? /\bdevice="?(\/dev\/[^\s"]+)/.exec(source.elements)?.[1] : undefined;
}

function driverFor(
  source: Exclude<CameraSource, { kind: 'auto' }>,
  { ring, clock, config }: LiveCameraOptions,
): Camera {
  const { noFrameTimeoutMs, powerLine } = config.camera;
  switch (source.kind) {
    case 'picture':
    case 'picture-folder':
      return new PictureCamera({ path: source.path, ring, clock });
    case 'csi':
    case 'gstreamer':
      return new GstreamerCamera({ source, ring, clock, noFrameTimeoutMs });
    case 'opencv': {
      const place = { directory: nativeDirectory(config), clock };
      return new OpencvCamera({ source: source.source, place, ring, noFrameTimeoutMs });
    }
    default:
      return new FfmpegCamera({ source, ring, clock, noFrameTimeoutMs, ...(powerLine && { powerLine }) });
  }
}

/** The best camera that is present, looked for anew at each opening: one may be plugged in later. */
class AutomaticCamera implements Camera {
  readonly live = true;
  readonly #options: LiveCameraOptions;
  #name = 'auto';

  constructor(options: LiveCameraOptions) {
    this.#options = options;
  }

  /** The device that was opened last and why that one, once there was one. */
  get name(): string {
    return this.#name;
  }

  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    const { source, why } = bestCamera();
    this.#name = `${cameraSourceName(source)} (${why})`;
    return driverFor(source, this.#options).open(settings, signal);
  }
}
