import type { Device } from './device.ts';

/** A loudspeaker that plays one short sound at a time. */
export interface Speaker extends Device {
  /** Plays a sound file to its end. Abort stops it. */
  play(path: string, signal: AbortSignal): Promise<void>;
}
