import type { Device } from './device.ts';

/** Where a line is: the label of its chip, which outlives reboots and kernels as no chip number does, and its offset. */
export interface LineAddress {
  readonly chip: string;
  readonly offset: number;
}

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
