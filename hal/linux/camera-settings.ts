import type { CameraSettings } from '../contract/camera.ts';
import { HalError } from '../contract/errors.ts';
import type { FrameRing } from '../contract/frame-ring.ts';

/** Throws HalError `invalid-argument` for settings no camera has, or whose frames the ring's slots cannot hold. */
export function checkSettings(device: string, settings: CameraSettings, ring: FrameRing): void {
  const { widthPx, heightPx, fps } = settings;
  const whole = Number.isInteger(widthPx) && Number.isInteger(heightPx);
  if (!(whole && widthPx > 0 && heightPx > 0 && fps > 0 && Number.isFinite(fps))) {
    throw new HalError(
      'invalid-argument',
      device,
      `cannot give ${widthPx}x${heightPx} at ${fps} frames a second`,
    );
  }
  if (widthPx * heightPx * 3 > ring.share.slotBytes) {
    throw new HalError(
      'invalid-argument',
      device,
      `a frame of ${widthPx}x${heightPx} does not fit into the frame ring's slots of ${ring.share.slotBytes} bytes`,
    );
  }
}
