/** Milliseconds in each unit of time. */
const timeUnits = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

interface Dimension {
  /** In words, for messages: `a time`. */
  readonly what: string;
  /** How many of the canonical unit one of each unit is. */
  readonly units: Readonly<Record<string, number>>;
  readonly example: string;
}

/** By the ending of a field's name, in the order in which the endings are tried. */
const dimensions: readonly (readonly [ending: string, Dimension])[] = [
  ['Ms', { what: 'a time', units: timeUnits, example: '500ms' }],
  ['Mps', { what: 'a speed', units: { 'm/s': 1 }, example: '1.2m/s' }],
  ['M', { what: 'a length', units: { m: 1, cm: 0.01 }, example: '1.2m' }],
  ['Deg', { what: 'an angle', units: { deg: 1 }, example: '30deg' }],
  ['Dbfs', { what: 'a level of sound', units: { dBFS: 1 }, example: '-26dBFS' }],
  ['Hz', { what: 'a frequency', units: { Hz: 1, kHz: 1_000 }, example: '440Hz' }],
  ['Light', { what: 'a light level', units: { light: 1 }, example: '0.5 light' }],
  ['Fps', { what: 'a frame rate', units: { fps: 1 }, example: '2fps' }],
];

/** What a field of a step holds, by its name: `withinMs` is a time. Undefined for a plain number or text. */
function dimensionOf(field: string): { ending: string; dimension: Dimension } | undefined {
  for (const [ending, dimension] of dimensions) {
    if (field.endsWith(ending)) return { ending, dimension };
    // A field that is called like its unit.
    if (field === ending.toLowerCase()) return { ending: '', dimension };
  }
  return undefined;
}

/** How a field is called where its unit stands in its value: `within` for `withinMs`. */
export function spokenName(field: string): string {
  const found = dimensionOf(field);
  return found === undefined ? field : field.slice(0, field.length - found.ending.length);
}

/** How a field is called in YAML: without its unit, with hyphens. */
export function yamlKey(field: string): string {
  return spokenName(field).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `a time with its unit (ms, s, min, h, d), as 500ms`; undefined for a field without a unit. */
export function spokenQuantity(field: string): string | undefined {
  const found = dimensionOf(field);
  if (found === undefined) return undefined;
  const { what, units, example } = found.dimension;
  return `${what} with its unit (${Object.keys(units).join(', ')}), as ${example}`;
}

/**
 * The number that `text` is in the field's own unit: 2000 for `2s` in `forMs`. Undefined when it is not a number with
 * one of the units.
 */
export function quantityOf(field: string, text: string): number | undefined {
  const found = dimensionOf(field);
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*(\S+)$/.exec(text.trim());
  if (found === undefined || parts === null) return undefined;
  const [, number = '', unit = ''] = parts;
  const factor = Object.entries(found.dimension.units).find(([name]) => name === unit)?.[1];
  // Twelve digits, so that 1.1s is 1100 ms and not 1100.0000000000002.
  return factor === undefined ? undefined : Number((Number(number) * factor).toPrecision(12));
}

/** A number of the field's unit as a person writes it: `1.5s`. */
export function spoken(field: string, value: number): string {
  const found = dimensionOf(field);
  if (found === undefined) return String(value);
  const { units } = found.dimension;
  if (units === timeUnits) {
    const size = Math.abs(value);
    if (size >= timeUnits.h && value % timeUnits.h === 0) return `${value / timeUnits.h}h`;
    if (size >= timeUnits.min && value % timeUnits.min === 0) return `${value / timeUnits.min}min`;
    return size >= 1_000 ? `${value / 1_000}s` : `${value}ms`;
  }
  const [unit = ''] = Object.keys(units);
  return unit.length > 4 ? `${value} ${unit}` : `${value}${unit}`;
}
