import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { decimateByTwo } from '../../../src/hearing/features/decimate.ts';
import { kaiserSinc } from '../../../src/hearing/features/kaiser-sinc.ts';
import { RealFft } from '../../../src/hearing/features/real-fft.ts';
import { bins, frameCount, istft, stft } from '../../../src/hearing/features/stft.ts';
import { greatestError } from './golden.ts';

const sample = fc.double({ min: -1, max: 1, noNaN: true });
const signal = (minLength: number, maxLength: number) =>
  fc.array(sample, { minLength, maxLength, size: 'max' }).map((values) => Float64Array.from(values));

describe('the real Fourier transform', () => {
  const sizes = fc.constantFrom(8, 16, 64, 128);
  const cases = sizes.chain((size) => signal(size, size));

  test('is the sum that defines it', () => {
    fc.assert(
      fc.property(cases, (values) => {
        const fft = new RealFft(values.length);
        const spectrum = new Float64Array(2 * fft.bins);
        fft.forward(values, spectrum);
        const wanted = Array.from({ length: fft.bins }, (_, k) => {
          const turn = (n: number) => (-2 * Math.PI * k * n) / values.length;
          return [
            values.reduce((sum, value, n) => sum + value * Math.cos(turn(n)), 0),
            values.reduce((sum, value, n) => sum + value * Math.sin(turn(n)), 0),
          ];
        }).flat();
        expect(greatestError(spectrum, wanted)).toBeLessThan(1e-12);
      }),
    );
  });

  test('comes back', () => {
    fc.assert(
      fc.property(cases, (values) => {
        const fft = new RealFft(values.length);
        const spectrum = new Float64Array(2 * fft.bins + 4);
        fft.forward(values, spectrum, 4);
        const back = new Float64Array(values.length);
        fft.inverse(spectrum, back, 4);
        expect(greatestError(back, values)).toBeLessThan(1e-14);
      }),
    );
  });
});

test('a short-time spectrum holds the whole signal', () => {
  fc.assert(
    fc.property(signal(2048, 5000), (values) => {
      const spectrogram = stft(values);
      expect(spectrogram.frames).toBe(frameCount(values.length));
      expect(spectrogram.values.length).toBe(spectrogram.frames * bins * 2);
      expect(greatestError(istft(spectrogram, values.length), values)).toBeLessThan(1e-12);
    }),
    { numRuns: 30 },
  );
});

test('a halved rate is every second value of the filtered signal, at every length', () => {
  const taps = Float64Array.from({ length: 195 }, (_, k) => kaiserSinc(k, 0.47843591, 194.5, 13.04007574));
  const plain = (values: Float64Array) =>
    Float64Array.from({ length: Math.ceil(values.length / 2) }, (_, m) => {
      let sum = 0;
      for (let k = -194; k <= 194; k++) sum += taps[Math.abs(k)]! * (values[2 * m - k] ?? 0);
      return sum;
    });
  fc.assert(
    fc.property(fc.oneof(signal(1, 40), signal(1600, 3500)), (values) => {
      expect(greatestError(decimateByTwo(values), plain(values))).toBeLessThan(1e-13);
    }),
    { numRuns: 30 },
  );
});
