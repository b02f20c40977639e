import type { Device } from './device.ts';

/** What is asked of a camera. A driver that cannot give it says so with `unsupported`. */
export interface CameraSettings {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
}

/**
 * A frame in a slot of the frame ring: a reference, not the pixels. `receivedAtMs` is the time of arrival on the
 * injected clock, not of exposure (a network camera is 0.2 to 1 s late).
 */
export interface FrameRef {
  readonly seq: number;
  readonly slot: number;
  readonly receivedAtMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly format: 'rgb24';
  /** Where the frame comes from when that differs from frame to frame: the path of a picture in a folder. */
  readonly source?: string;
}

export interface Camera {
  readonly name: string;
  /**
   * True for a live picture of whoever stands before it: it is shown mirrored, and a picture that does not change at
   * all means that it is broken. False for files.
   */
  readonly live: boolean;
  /** Opens the device; resolves when the first frame can be awaited. Rejects with HalError. */
  open(settings: CameraSettings, signal: AbortSignal): Promise<CameraSession>;
}

export interface CameraSession extends Device {
  /**
   * The newest frame each time the reader comes back; older ones are dropped and counted. Each frame is leased to
   * the reader until it asks for the next one. Ends with a HalError when the device fails, and returns only when a
   * finite source (a file) is at its end. Abort rejects with `signal.reason`.
   */
  frames(signal: AbortSignal): AsyncIterable<FrameRef>;
  readonly dropped: number;
}
