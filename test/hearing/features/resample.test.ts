import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { kaiserSinc } from '../../../src/hearing/features/kaiser-sinc.ts';
import { resampledLength, resampleKaiserFast } from '../../../src/hearing/features/resample.ts';

const table = Float64Array.from({ length: 24 * 512 + 1 }, (_, i) =>
  kaiserSinc(i / 512, 0.8682120388377784, 24, 9.903224416455277),
);

/** One output after the other, tap by tap, in the order of resampy. */
function plainResample(x: Float32Array, fromHz: number, toHz: number): Float64Array {
  const ratio = toHz / fromHz;
  const scale = Math.min(1, ratio);
  const step = Math.trunc(scale * 512);
  const weight = (at: number, share: number) => {
    const value = table[at]! * scale;
    const next = (table[at + 1] ?? table[at]!) * scale;
    return value + share * (next - value);
  };
  const out = new Float64Array(Math.ceil(x.length * ratio));
  for (let t = 0; t < Math.trunc((x.length * toHz) / fromHz); t++) {
    const position = t * (1 / ratio);
    const n = Math.floor(position);
    const before = scale * (position - n);
    let sum = 0;
    for (const [distance, first, direction, there] of [
      [before, n, -1, n + 1],
      [scale - before, n + 1, 1, x.length - n - 1],
    ] as const) {
      const entry = Math.trunc(distance * 512);
      const share = distance * 512 - entry;
      const taps = Math.min(there, Math.floor((table.length - entry) / step));
      for (let i = 0; i < taps; i++) {
        sum = Math.fround(sum + weight(entry + i * step, share) * x[first + direction * i]!);
      }
    }
    out[t] = sum;
  }
  return out;
}

describe('resampling by kaiser_fast', () => {
  test('is bit by bit what the same, written plainly, gives for any rates', () => {
    const rate = fc.oneof(
      fc.constantFrom(8000, 11_025, 16_000, 32_000, 33_075, 44_100, 48_000, 96_000, 192_000),
      fc.integer({ min: 4000, max: 384_000 }),
      fc.double({ min: 4000, max: 384_000, noNaN: true }),
    );
    const samples = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 3000,
      size: 'max',
    });
    fc.assert(
      fc.property(rate, samples, (hz, values) => {
        const x = Float32Array.from(values);
        expect(resampleKaiserFast(x, hz, 22_050)).toEqual(plainResample(x, hz, 22_050));
      }),
      { numRuns: 60 },
    );
  });

  test('uses the kernel that resampy ships', () => {
    expect(table[0]).toBeCloseTo(0.8682120388377784, 15);
    expect(table[512]).toBeCloseTo(0.12701514580907763, 15);
    expect(table[24 * 512]).toBeCloseTo(2.5286003365803025e-6, 15);
  });

  test('gives as many samples as librosa', () => {
    const lengths = [
      [224_000, 32_000, 154_350],
      [31_999, 32_000, 22_050],
      [44_101, 44_100, 22_051],
      [1, 48_000, 1],
      [0, 48_000, 0],
    ] as const;
    for (const [length, fromHz, wanted] of lengths) {
      expect(resampledLength(length, fromHz, 22_050)).toBe(wanted);
      expect(resampleKaiserFast(new Float32Array(length), fromHz, 22_050).length).toBe(wanted);
    }
  });

  test('leaves a sound at its own rate as it is', () => {
    const samples = Float32Array.of(0.1, -0.2, 0.3);
    expect(resampleKaiserFast(samples, 22_050, 22_050)).toEqual(Float64Array.from(samples));
  });
});
