import { existsSync } from 'node:fs';
import type { Camera, CameraSession, CameraSettings } from '../../hal/contract/camera.ts';
import type { Clock } from '../../hal/contract/clock.ts';
import type { FrameRing } from '../../hal/contract/frame-ring.ts';
import {
  type CameraSource,
  cameraSourceName,
  firstCamera,
  listCameras,
  parseCameraSource,
} from '../../hal/linux/camera-source.ts';
import { waitForCamera, waitForDevice } from '../../hal/linux/device-watch.ts';
import { FfmpegCamera } from '../../hal/linux/ffmpeg-camera.ts';
import { PictureCamera } from '../../hal/linux/picture-camera.ts';

export interface LiveCameraOptions {
  readonly ring: FrameRing;
  readonly clock: Clock;
  readonly noFrameTimeoutMs: number;
}

/** The camera that a source names. Throws HalError for a source that means nothing or is not there. */
export function cameraFor(text: string, options: LiveCameraOptions): Camera {
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
  } else if (source.kind === 'v4l2' && !existsSync(source.device)) {
    waitForDevice(source.device, signal).then(appeared, () => undefined);
  }
}

function driverFor(source: Exclude<CameraSource, { kind: 'auto' }>, options: LiveCameraOptions): Camera {
  if (source.kind === 'picture' || source.kind === 'picture-folder') {
    return new PictureCamera({ path: source.path, ring: options.ring, clock: options.clock });
  }
  return new FfmpegCamera({ source, ...options });
}

/** The first camera that is present, looked for anew at each opening: one may be plugged in later. */
class AutomaticCamera implements Camera {
  readonly live = true;
  readonly #options: LiveCameraOptions;
  #name = 'auto';

  constructor(options: LiveCameraOptions) {
    this.#options = options;
  }

  /** The device that was opened last, once there was one. */
  get name(): string {
    return this.#name;
  }

  async open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession> {
    const source = firstCamera();
    if (source.kind === 'auto') throw new Error('a found camera is a device');
    this.#name = cameraSourceName(source);
    return driverFor(source, this.#options).open(settings, signal);
  }
}
