import type { BoardReading } from '../../hal/contract/board-sensors.ts';

/** What a board suffers from, the worst first. */
export const strainKinds = ['memory-low', 'voltage-low', 'slowed-down', 'hot'] as const;
export type StrainKind = (typeof strainKinds)[number];

export interface Strain {
  readonly kind: StrainKind;
  /** For people, with the numbers. */
  readonly reason: string;
}

/**
 * The rule for a board under strain: `half-rate`. It looks at half of the frames, whether or not somebody is in view:
 * that halves what the networks cost, and a person is still looked at five times a second.
 */
export const sparing = { rule: 'half-rate', rateShare: 0.5 } as const;

const mebibyte = 1024 * 1024;
/** Strained under the first, well again above the second; between them it stays what it was. */
const memory = { lowBytes: 100 * mebibyte, enoughBytes: 150 * mebibyte };
/** Degrees under the limit, likewise. */
const heat = { nearCelsius: 3, coolCelsius: 8 };

/** What the board suffers from, where `before` is what it suffered from when it was read last; null where it is well. */
export function strainOf(reading: BoardReading, before: StrainKind | null): Strain | null {
  const { temperature, availableBytes, lowVoltage, slowedDown } = reading;
  const rate = `frames at ${sparing.rule}`;
  const memoryLimit = before === 'memory-low' ? memory.enoughBytes : memory.lowBytes;
  if (availableBytes !== null && availableBytes < memoryLimit) {
    const left = Math.max(0, Math.round(availableBytes / mebibyte));
    return { kind: 'memory-low', reason: `only ${left} MiB of memory are left: ${rate}` };
  }
  if (lowVoltage) return { kind: 'voltage-low', reason: `the supply voltage is too low: ${rate}` };
  const degrees =
    temperature === null ? '' : ` (${temperature.sensor} ${Math.round(temperature.celsius)} degrees)`;
  if (slowedDown) return { kind: 'slowed-down', reason: `the processor is slowed down${degrees}: ${rate}` };
  if (temperature === null) return null;
  const wasHot = before === 'hot' || before === 'slowed-down';
  const marginCelsius = wasHot ? heat.coolCelsius : heat.nearCelsius;
  if (temperature.celsius < temperature.limitCelsius - marginCelsius) return null;
  return {
    kind: 'hot',
    reason: `it is slowed down from ${Math.round(temperature.limitCelsius)} degrees on${degrees}: ${rate}`,
  };
}
