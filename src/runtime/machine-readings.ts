import { statfs } from 'node:fs/promises';
import { freemem, loadavg, totalmem } from 'node:os';
import { readHeat } from '../../hal/linux/board-sensors.ts';

interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** How the machine is, and this process on it. */
export interface MachineReadings {
  readonly processUptimeMs: number;
  /** What the process holds in memory. */
  readonly residentBytes: number;
  readonly memory: Space;
  /** Processes that wanted to run, over the last minute. */
  readonly loadAverage: number;
  /** Null where the system does not say. */
  readonly disk: Space | null;
  readonly temperatures: { readonly sensor: string; readonly celsius: number }[];
}

/** Reads it now; `directory` is on the disk that is asked for. Sensors that are not there are left out. */
export async function readMachine(directory: string): Promise<MachineReadings> {
  const [disk, heat] = await Promise.all([
    statfs(directory).catch(() => null),
    readHeat('/').catch(() => null),
  ]);
  return {
    processUptimeMs: Math.round(process.uptime() * 1_000),
    residentBytes: process.memoryUsage.rss(),
    memory: { freeBytes: freemem(), totalBytes: totalmem() },
    loadAverage: loadavg()[0] ?? 0,
    disk:
      disk === null ? null : { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize },
    temperatures: (heat?.zones ?? []).map(({ type, celsius }) => ({ sensor: type, celsius })),
  };
}
