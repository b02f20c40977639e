import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { chroma, chromaFilters } from '../../../src/hearing/features/chroma.ts';
import { contrastBands, spectralContrast } from '../../../src/hearing/features/contrast.ts';
import { melFilters, melSpectrogram } from '../../../src/hearing/features/mel.ts';
import { bins, featureRateHz, magnitudeSpectrogram } from '../../../src/hearing/features/stft.ts';
import { estimateTuning } from '../../../src/hearing/features/tuning.ts';
import { greatestError } from './golden.ts';

const magnitude = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.infiniteStream(fc.double({ min: 0, max: 100, noNaN: true })))
  .map(([frames, stream]) => new Float64Array(frames * bins).map(() => stream.next().value));

/** Numbers of librosa 0.11.0. */
describe('the filters are those of librosa', () => {
  test('for mel bands', () => {
    const filters = melFilters();
    expect(greatestError(filters[0]!.subarray(1, 4), [0.01618285, 0.03236571, 0.02899009])).toBeLessThan(
      1e-8,
    );
    expect(
      greatestError(filters[127]!.subarray(1000, 1003), [0.00312625, 0.00299599, 0.00286573]),
    ).toBeLessThan(1e-8);
    const sums = filters.map((row) => row.reduce((a, b) => a + b, 0));
    expect([sums[0], sums[127]]).toEqual([expect.closeTo(0.0903459, 7), expect.closeTo(0.0928692, 7)]);
    expect(Math.min(...sums)).toBeGreaterThan(0);
  });

  test('for pitch classes', () => {
    const bank = chromaFilters(0);
    const at = (row: number, bin: number) => bank[row * bins + bin]!;
    expect(at(0, 0)).toBeCloseTo(1.3768421e-4, 9);
    expect(at(0, 1)).toBeCloseTo(1.5696977e-3, 8);
    expect(at(0, 49)).toBeCloseTo(0.90606976, 7);
    expect(at(0, 100)).toBeCloseTo(0.71085119, 7);
    expect(at(9, 41)).toBeCloseTo(0.86620563, 7);
    expect(at(9, 82)).toBeCloseTo(0.980391, 6);
  });
});

test('mel bands are the products with their filters', () => {
  const filters = melFilters();
  fc.assert(
    fc.property(magnitude, (values) => {
      const wanted = Float64Array.from({ length: (values.length / bins) * filters.length }, (_, at) => {
        const frame = Math.floor(at / filters.length) * bins;
        return filters[at % filters.length]!.reduce((sum, w, k) => sum + w * values[frame + k]! ** 2, 0);
      });
      expect(greatestError(melSpectrogram(values), wanted, { relative: true })).toBeLessThan(1e-12);
    }),
    { numRuns: 10 },
  );
});

test('the contrast is that of the sorted bands', () => {
  // Bins used, bins counted for the 2 %.
  const bands = [
    [0, 18, 1],
    [18, 37, 1],
    [37, 74, 1],
    [74, 148, 2],
    [148, 297, 3],
    [297, 594, 6],
    [594, 1025, 9],
  ] as const;
  const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
  fc.assert(
    fc.property(magnitude, (values) => {
      const frames = values.length / bins;
      const rows = Array.from({ length: frames }, (_, j) =>
        bands.map(([from, to, count]) => {
          const sorted = values.slice(j * bins + from, j * bins + to).sort();
          return [mean(sorted.subarray(sorted.length - count)), mean(sorted.subarray(0, count))] as const;
        }),
      ).flat();
      const db = (side: 0 | 1) => {
        const levels = rows.map((row) => 10 * Math.log10(Math.max(1e-10, row[side])));
        return levels.map((level) => Math.max(level, Math.max(...levels) - 80));
      };
      const [peaks, valleys] = [db(0), db(1)];
      const wanted = peaks.map((peak, i) => peak - valleys[i]!);
      expect(wanted.length).toBe(frames * contrastBands);
      expect(greatestError(spectralContrast(values), wanted)).toBeLessThan(1e-9);
    }),
    { numRuns: 30 },
  );
});

describe('the tuning', () => {
  const tones = (cents: number) => {
    const shift = 2 ** (cents / 1200);
    return Float64Array.from({ length: featureRateHz }, (_, n) =>
      [220, 440, 880, 1760].reduce(
        (sum, hz) => sum + Math.sin((2 * Math.PI * hz * shift * n) / featureRateHz),
        0,
      ),
    );
  };

  test('of A an octave apart follows how far they are off, to a few cents', () => {
    for (const cents of [-40, -20, 0, 15, 35]) {
      const found = 100 * estimateTuning(magnitudeSpectrogram(tones(cents)), 12);
      expect(Math.abs(found - cents)).toBeLessThanOrEqual(4);
    }
  });

  test('moves the pitch classes with it: A is A in any tuning', () => {
    for (const cents of [-40, 0, 35]) {
      const values = magnitudeSpectrogram(tones(cents));
      const classes = chroma(values, estimateTuning(values, 12)).subarray(20 * 12, 21 * 12);
      expect(classes.indexOf(1)).toBe(9);
    }
  });

  test('of nothing is none', () => {
    expect(estimateTuning(new Float64Array(3 * bins), 12)).toBe(0);
  });
});
