import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Resampler, resample } from '../../src/hearing/resample.ts';

const rates = [8_000, 11_025, 16_000, 17_001, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000, 384_000];

/** One second of a tone of full scale. */
function tone(frequencyHz: number, sampleRateHz: number): Float32Array {
  return Float32Array.from({ length: sampleRateHz }, (_, n) =>
    Math.sin((2 * Math.PI * frequencyHz * n) / sampleRateHz),
  );
}

/** Root mean square of the middle, where the edges of the clip are not felt, in dB of a full-scale tone. */
function levelDb(samples: Float32Array): number {
  const middle = samples.subarray(2_000, -2_000);
  const power = middle.reduce((sum, x) => sum + x * x, 0) / middle.length;
  return 10 * Math.log10(2 * power + 1e-30);
}

describe('resampling to 16 kHz', () => {
  test.each(rates)('a second at %d Hz stays a second', (rate) => {
    expect(resample(new Float32Array(rate), rate)).toHaveLength(16_000);
  });

  test.each(rates)('what speech needs comes through from %d Hz as it was', (rate) => {
    const top = 0.91 * Math.min(8_000, rate / 2);
    for (const frequencyHz of [100, 1_000, top]) {
      const given = resample(tone(frequencyHz, rate), rate);
      const wanted = tone(frequencyHz, 16_000);
      let largest = 0;
      for (let n = 2_000; n < 14_000; n++) largest = Math.max(largest, Math.abs(given[n]! - wanted[n]!));
      expect(largest).toBeLessThan(2e-5);
    }
  });

  test.each(rates.filter((rate) => rate > 16_000))(
    'nothing above 8 kHz is folded into speech from %d Hz',
    (rate) => {
      for (const frequencyHz of [8_000, 8_400, 0.49 * rate]) {
        if (frequencyHz >= rate / 2) continue;
        expect(levelDb(resample(tone(frequencyHz, rate), rate))).toBeLessThan(-100);
      }
    },
  );

  test('a stream gives the same bits in whatever pieces it comes', () => {
    const pieces = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.constantFrom(...rates),
        pieces,
        fc.integer({ min: 1, max: 2 ** 31 }),
        (rate, lengths, seed) => {
          let state = seed;
          const clip = Float32Array.from({ length: lengths.reduce((a, b) => a + b, 0) }, () => {
            state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
            return state / 2 ** 31 - 1;
          });
          const resampler = new Resampler(rate);
          const given: number[] = [];
          let offset = 0;
          for (const length of lengths) {
            given.push(...resampler.push(clip.subarray(offset, offset + length)));
            offset += length;
          }
          given.push(...resampler.end());
          expect(given).toEqual([...resample(clip, rate)]);
          expect(given.length).toBe(Math.ceil((clip.length * 16_000) / rate));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a rate that no sound has is refused with its number', () => {
    for (const rate of [0, -1, 3_999, 384_001, 44_100.5, Number.NaN]) {
      expect(() => resample(new Float32Array(10), rate)).toThrow(`${rate} Hz`);
    }
  });
});
