import { kaiserSinc } from './features/kaiser-sinc.ts';

/**
 * To 16 kHz for the embedding network: a Kaiser-windowed sinc, one row of taps for each position that an output
 * sample can have between two input samples. Flat to 7.3 kHz and 110 dB down from 8 kHz on, which is the passband
 * the network's thresholds were measured with. Own code, because the libraries at hand let what lies just above
 * 8 kHz through (their transition is centred there), or stop at 192 kHz.
 *
 * Not the resampler of the 193 features, which must have its own passband (features/).
 */

/** What the network and the voice activity detector take. */
export const networkRateHz = 16_000;

/** Share of the lower of the two Nyquist frequencies that passes unchanged. */
const passShare = 0.9137;
const stopbandDb = 110;
/** Rates whose ratio to 16 kHz has more positions than this share a table of `interpolatedRows`. */
const maxExactRows = 1024;
/** With linear interpolation between its rows, off by less than -105 dB. */
const interpolatedRows = 512;

export const sampleRateLimitsHz = { lowest: 4_000, highest: 384_000 } as const;

interface Filter {
  readonly inputRateHz: number;
  /** Output sample t stands `t * advance / rowsExact` input samples after the first. */
  readonly advance: number;
  readonly rowsExact: number;
  /** Rows in `taps`, without the one past the end that interpolation needs. */
  readonly rows: number;
  readonly tapsPerRow: number;
  readonly taps: Float64Array;
}

let latest: Filter | undefined;

/** The filter of a rate; the one used last is kept, since a device hears one rate all day. */
function filterFor(inputRateHz: number): Filter {
  if (latest?.inputRateHz === inputRateHz) return latest;
  const { lowest, highest } = sampleRateLimitsHz;
  if (!Number.isInteger(inputRateHz) || inputRateHz < lowest || inputRateHz > highest) {
    throw new RangeError(
      `a sample rate of ${inputRateHz} Hz: whole numbers from ${lowest} to ${highest} are known`,
    );
  }
  latest = designFilter(inputRateHz);
  return latest;
}

/**
 * Kaiser's design (Oppenheim and Schafer, Discrete-Time Signal Processing, 7.6): from attenuation and width of the
 * transition, the number of taps and the shape of the window.
 */
function designFilter(inputRateHz: number): Filter {
  const divisor = greatestCommonDivisor(networkRateHz, inputRateHz);
  const rowsExact = networkRateHz / divisor;
  const rows = rowsExact <= maxExactRows ? rowsExact : interpolatedRows;
  const stopHz = Math.min(networkRateHz, inputRateHz) / 2;
  const transition = (2 * Math.PI * (1 - passShare) * stopHz) / inputRateHz;
  const half = Math.ceil((stopbandDb - 7.95) / (2 * 2.285 * transition));
  const beta = 0.1102 * (stopbandDb - 8.7);
  const tapsPerRow = 2 * half;
  /** The middle of the transition, as a share of half the input rate. */
  const cutoff = ((1 + passShare) * stopHz) / inputRateHz;
  const taps = new Float64Array((rows + 1) * tapsPerRow);
  for (let row = 0; row <= rows; row++) {
    for (let tap = 0; tap < tapsPerRow; tap++) {
      const distance = tap - (half - 1) - row / rows;
      taps[row * tapsPerRow + tap] = kaiserSinc(distance, cutoff, half, beta);
    }
  }
  return { inputRateHz, advance: inputRateHz / divisor, rowsExact, rows, tapsPerRow, taps };
}

/**
 * Resamples a stream piece by piece to 16 kHz; in whatever pieces it comes, the result is the same to the last bit
 * as that of `resample`. Holds back half the filter, 5 ms from 16 kHz on, until more comes or `end` is called.
 */
export class Resampler {
  readonly #filter: Filter | undefined;
  /** Input from sample `#firstSample` on; counted from the zeros that stand before the first. */
  #waiting: Float32Array;
  #firstSample = 0;
  #takenSamples = 0;
  #nextOutput = 0;

  /** Throws RangeError for a rate that is no whole number from 4,000 to 384,000 Hz. */
  constructor(inputRateHz: number) {
    this.#filter = inputRateHz === networkRateHz ? undefined : filterFor(inputRateHz);
    this.#waiting = new Float32Array(this.#filter === undefined ? 0 : this.#filter.tapsPerRow / 2 - 1);
  }

  /** The output samples that the next piece completes; may be none. */
  push(samples: Float32Array): Float32Array {
    this.#takenSamples += samples.length;
    return this.#filter === undefined ? samples.slice() : this.#filterOn(this.#filter, samples, Infinity);
  }

  /** What is left: silence follows. Nothing may be pushed after. */
  end(): Float32Array {
    if (this.#filter === undefined) return new Float32Array(0);
    const { advance, rowsExact, tapsPerRow } = this.#filter;
    const outputs = Math.ceil((this.#takenSamples * rowsExact) / advance);
    return this.#filterOn(this.#filter, new Float32Array(tapsPerRow), outputs);
  }

  #filterOn(filter: Filter, samples: Float32Array, endOutput: number): Float32Array {
    const { advance, rowsExact, rows, tapsPerRow, taps } = filter;
    const input = new Float32Array(this.#waiting.length + samples.length);
    input.set(this.#waiting);
    input.set(samples, this.#waiting.length);
    // Output t needs input [floor(t * advance / rowsExact), + tapsPerRow).
    const ready = Math.ceil(((this.#firstSample + input.length - tapsPerRow + 1) * rowsExact) / advance);
    const output = new Float32Array(Math.max(0, Math.min(ready, endOutput) - this.#nextOutput));
    for (let i = 0; i < output.length; i++) {
      const position = (this.#nextOutput + i) * advance;
      const remainder = position % rowsExact;
      const start = (position - remainder) / rowsExact - this.#firstSample;
      const place = (remainder * rows) / rowsExact;
      const row = Math.floor(place);
      const share = place - row;
      const sum = dot(input, start, taps, row * tapsPerRow, tapsPerRow);
      output[i] =
        share === 0 ? sum : sum + share * (dot(input, start, taps, (row + 1) * tapsPerRow, tapsPerRow) - sum);
    }
    this.#nextOutput += output.length;
    const firstNeeded = Math.floor((this.#nextOutput * advance) / rowsExact);
    this.#waiting = input.slice(firstNeeded - this.#firstSample);
    this.#firstSample = Math.max(this.#firstSample, firstNeeded);
    return output;
  }
}

/**
 * The whole of a clip at 16 kHz, `ceil(length * 16000 / inputRateHz)` samples; outside it is silence. A copy where
 * the rate is 16 kHz already. Throws RangeError for a rate that is no whole number from 4,000 to 384,000 Hz.
 */
export function resample(samples: Float32Array, inputRateHz: number): Float32Array {
  const resampler = new Resampler(inputRateHz);
  const most = resampler.push(samples);
  const rest = resampler.end();
  if (rest.length === 0) return most;
  const all = new Float32Array(most.length + rest.length);
  all.set(most);
  all.set(rest, most.length);
  return all;
}

/** Four sums, so that the additions do not wait for each other. The number of taps is even. */
function dot(
  samples: Float32Array,
  start: number,
  taps: Float64Array,
  offset: number,
  count: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < count; i += 4) {
    s0 += samples[start + i]! * taps[offset + i]!;
    s1 += samples[start + i + 1]! * taps[offset + i + 1]!;
    s2 += samples[start + i + 2]! * taps[offset + i + 2]!;
    s3 += samples[start + i + 3]! * taps[offset + i + 3]!;
  }
  for (; i < count; i++) s0 += samples[start + i]! * taps[offset + i]!;
  return s0 + s1 + s2 + s3;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
