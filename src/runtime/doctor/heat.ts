import { clockIsLowered, type HeatReadings, slowedDownFrom } from '../../../hal/linux/board-sensors.ts';
import type { Finding } from './finding.ts';

/** So near to its limit a board is warned of. */
const nearCelsius = 8;

/** How warm it is, and whether the processor is slowed down for it. */
export function heatFinding(readings: HeatReadings): Finding {
  const { zones, clockKhz, piThrottled } = readings;
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
  const slowed = clockIsLowered(readings);
  if (
    (bits & 0b1110) !== 0 ||
    (slowed && zone !== undefined && zone.celsius >= slowedDownFrom(zone) - nearCelsius)
  ) {
    return { ...base, state: 'warning', value: `${value}; the processor is slowed down`, next: cool };
  }
  if (zone !== undefined && zone.celsius >= slowedDownFrom(zone) - nearCelsius) {
    const what = `${value}; it is slowed down from ${slowedDownFrom(zone).toFixed(0)} on`;
    return { ...base, state: 'warning', value: what, next: cool };
  }
  if (slowed && clockKhz !== undefined) {
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

function megahertz(khz: number): string {
  return `${Math.round(khz / 1000)} MHz`;
}
