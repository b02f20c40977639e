/** One line of what the doctor found. */
export interface Finding {
  /** Stable, for programs: `disk`, `camera`. */
  readonly id: string;
  /** `fault`: the device cannot run; `warning`: it can, with less. */
  readonly state: 'ok' | 'warning' | 'fault';
  readonly label: string;
  readonly value: string;
  /** What a person does about it. Never absent unless all is well. */
  readonly next?: string;
}

export const megabyte = 1024 * 1024;

/** `1.5 GB`, `230 MB`. */
export function sizeWords(bytes: number): string {
  return bytes >= 1024 * megabyte
    ? `${(bytes / (1024 * megabyte)).toFixed(1)} GB`
    : `${Math.round(bytes / megabyte)} MB`;
}
