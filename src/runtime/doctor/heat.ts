import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from './finding.ts';

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
const nearCelsius = 8;

/** Under this share of its highest clock a processor is slowed down, or was set so. */
const fullClockShare = 0.95;

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

/** How warm it is, and whether the processor is slowed down for it. */
export function heatFinding({ zones, clockKhz, piThrottled }: HeatReadings): Finding {
  const base = { id: 'temperature', label: 'temperature' } as const;
  const zone =
    zones.find(({ type }) => /cpu|pkg|soc/i.test(type)) ?? zones.toSorted((a, b) => b.celsius - a.celsius)[0];
  const said = [
    ...(zone === undefined ? [] : [`${zone.type} ${zone.celsius.toFixed(0)} degrees`]),
    ...(clockKhz === undefined ? [] : [`clock up to ${megahertz(clockKhz.allowed)}`]),
  ];
  const value = said.join(', ') || 'no sensor';
  const bits = piThrottled ?? 0;
  if ((bits & 1) !== 0) {
    const next = 'a better power supply and a shorter, thicker cable: a Raspberry Pi wants 5.1 V at 3 A';
    return { ...base, state: 'fault', value: `${value}; the supply voltage is too low`, next };
  }
  const cool = 'a heat sink or a fan, and a case with holes; recognition gets slower meanwhile';
  const slowed = clockKhz !== undefined && clockKhz.allowed < fullClockShare * clockKhz.highest;
  if (
    (bits & 0b1110) !== 0 ||
    (slowed && zone !== undefined && zone.celsius >= limitOf(zone) - nearCelsius)
  ) {
    return { ...base, state: 'warning', value: `${value}; the processor is slowed down`, next: cool };
  }
  if (zone !== undefined && zone.celsius >= limitOf(zone) - nearCelsius) {
    const what = `${value}; it is slowed down from ${limitOf(zone).toFixed(0)} on`;
    return { ...base, state: 'warning', value: what, next: cool };
  }
  if (slowed) {
    const next = `its highest clock is ${megahertz(clockKhz.highest)}: on a Jetson, sudo nvpmodel -m 0; else the cpufreq governor`;
    return { ...base, state: 'warning', value: `${value}, set so`, next };
  }
  if ((bits & 0x5_0000) !== 0) {
    const low = (bits & 0x1_0000) !== 0;
    const what = low
      ? 'the supply voltage was too low since the start'
      : 'it was slowed down since the start';
    return {
      ...base,
      state: 'warning',
      value: `${value}; ${what}`,
      next: low ? 'a better power supply' : cool,
    };
  }
  return { ...base, state: 'ok', value };
}

function limitOf({ passiveCelsius = hotCelsius }: ThermalZone): number {
  return passiveCelsius;
}

function megahertz(khz: number): string {
  return `${Math.round(khz / 1000)} MHz`;
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
