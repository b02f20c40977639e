import type { Device } from './device.ts';

/** The hardware (or systemd) watchdog: not fed for `timeoutMs`, it resets the board (or the service). */
export interface HardwareWatchdog extends Device {
  feed(): Promise<void>;
  readonly timeoutMs: number;
}
