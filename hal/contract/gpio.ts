import type { Device } from './device.ts';

/**
 * One output line. `on` is logical: polarity and line number are the driver's affair. Commanded is what was asked
 * for, not the electrical state; `read` asks the line.
 */
export interface DigitalOutput extends Device {
  readonly commanded: boolean;
  set(on: boolean): Promise<void>;
  read(): Promise<boolean>;
}

export interface Edge {
  readonly on: boolean;
  readonly atMs: number;
}

export interface DigitalInput extends Device {
  read(): Promise<boolean>;
  edges(signal: AbortSignal): AsyncIterable<Edge>;
}
