import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BoardReading, BoardSensors } from '../contract/board-sensors.ts';

/** One sensor of the kernel, `/sys/class/thermal/thermal_zone0`. */
export interface ThermalZone {
  /** What it measures: `CPU-therm` on a Jetson Nano, `cpu-thermal` on a Raspberry Pi. */
  readonly type: string;
  readonly celsius: number;
  /** Where the kernel begins to slow the processor down, if it says. */
  readonly passiveCelsius: number | undefined;
}

export interface HeatReadings {
  readonly zones: readonly ThermalZone[];
  /** The highest clock that is allowed now, and the highest of this processor. */
  readonly clockKhz: { readonly allowed: number; readonly highest: number } | undefined;
  /** The bits of a Raspberry Pi's firmware: what is, and from bit 16 on what has been since the start. */
  readonly piThrottled: number | undefined;
}

/** Where the kernel says nothing of its own: a Jetson Nano and a Raspberry Pi slow down between 80 and 97 degrees. */
const hotCelsius = 80;

/** Under this share of its highest clock a processor is slowed down, or was set so. */
const fullClockShare = 0.95;

/** The bits of a Raspberry Pi's firmware for what is now: too little voltage; capped, slowed down or soft limit. */
const piBits = { lowVoltage: 0b1, slowedDown: 0b1110 };

/** The sensors of this machine: the kernel's thermal zones and clocks, a Raspberry Pi's firmware, and its memory. */
export class LinuxBoardSensors implements BoardSensors {
  readonly #systemRoot: string;

  constructor(systemRoot = '/') {
    this.#systemRoot = systemRoot;
  }

  async read(): Promise<BoardReading> {
    const heat = await readHeat(this.#systemRoot);
    const bits = heat.piThrottled ?? 0;
    const zone = heat.zones.toSorted((a, b) => headroom(a) - headroom(b))[0];
    // A lower clock alone may have been set so; near the limit the kernel has.
    const atLimit = zone !== undefined && headroom(zone) <= 0;
    return {
      temperature:
        zone === undefined
          ? null
          : { sensor: zone.type, celsius: zone.celsius, limitCelsius: slowedDownFrom(zone) },
      slowedDown: (bits & piBits.slowedDown) !== 0 || (atLimit && clockIsLowered(heat)),
      lowVoltage: (bits & piBits.lowVoltage) !== 0,
      availableBytes: (await availableMemory(this.#systemRoot)) ?? null,
    };
  }
}

/** Memory that programs may still have without anything being ended for it; undefined where the kernel does not say. */
export async function availableMemory(systemRoot: string): Promise<number | undefined> {
  const text = await readFile(join(systemRoot, 'proc/meminfo'), 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Degrees at which the kernel begins to slow the processor down. */
export function slowedDownFrom({ passiveCelsius = hotCelsius }: ThermalZone): number {
  return passiveCelsius;
}

function headroom(zone: ThermalZone): number {
  return slowedDownFrom(zone) - zone.celsius;
}

/** Whether the processor may not run at its highest clock. */
export function clockIsLowered({ clockKhz }: HeatReadings): boolean {
  return clockKhz !== undefined && clockKhz.allowed < fullClockShare * clockKhz.highest;
}

/** Reads the sensors; whatever is not there is left out. */
export async function readHeat(systemRoot: string): Promise<HeatReadings> {
  const thermal = join(systemRoot, 'sys/class/thermal');
  const names = (await readdir(thermal).catch(() => [])).filter((name) => /^thermal_zone\d+$/.test(name));
  const zones: ThermalZone[] = [];
  for (const name of names.sort()) {
    const folder = join(thermal, name);
    const milli = await numberIn(join(folder, 'temp'));
    // A sensor that is switched off says 0 or something far below.
    if (milli === undefined || milli <= 0) continue;
    const type = (await textIn(join(folder, 'type'))) ?? name;
    zones.push({ type, celsius: milli / 1000, passiveCelsius: await passiveTrip(folder) });
  }
  const cpu = join(systemRoot, 'sys/devices/system/cpu/cpu0/cpufreq');
  const allowed = await numberIn(join(cpu, 'scaling_max_freq'));
  const highest = await numberIn(join(cpu, 'cpuinfo_max_freq'));
  const throttled = await textIn(join(systemRoot, 'sys/devices/platform/soc/soc:firmware/get_throttled'));
  return {
    zones,
    clockKhz: allowed === undefined || highest === undefined ? undefined : { allowed, highest },
    piThrottled: throttled === undefined ? undefined : Number.parseInt(throttled, 16),
  };
}

/** The lowest passive trip point of a zone, above which the kernel slows the processor down. */
async function passiveTrip(folder: string): Promise<number | undefined> {
  const files = (await readdir(folder)).filter((name) => /^trip_point_\d+_type$/.test(name));
  let lowest: number | undefined;
  for (const file of files) {
    if ((await textIn(join(folder, file))) !== 'passive') continue;
    const milli = await numberIn(join(folder, file.replace('_type', '_temp')));
    if (milli !== undefined && milli > 0) lowest = Math.min(lowest ?? Number.POSITIVE_INFINITY, milli / 1000);
  }
  return lowest;
}

async function textIn(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

async function numberIn(path: string): Promise<number | undefined> {
  const text = await textIn(path);
  return text === undefined || !/^-?\d+$/.test(text) ? undefined : Number(text);
}
