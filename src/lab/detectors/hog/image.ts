/** An 8-bit picture, row by row, its channels interleaved: RGB or grey. */
export interface HogImage {
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: 1 | 3;
}

/** The nearest integer, halves away from 0, as C's `lround`; `Math.round` would send -2.5 to -2. */
export function roundAwayFromZero(value: number): number {
  return value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5);
}
