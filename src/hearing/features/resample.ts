import { kaiserSinc } from './kaiser-sinc.ts';

/**
 * The kernel `kaiser_fast` of resampy 0.3 and later: zero crossings on each side, table entries from one crossing to
 * the next, cut-off as a share of half the lower rate, and the window's shape. The last two are documented rounded to
 * six digits; these give the table that resampy ships to 1e-16.
 */
const zeroCrossings = 24;
const entriesPerCrossing = 512;
const rollOff = 0.8682120388377784;
const beta = 9.903224416455277;

/** Half of the symmetric kernel, from its middle outwards; made when first needed. */
let halfKernel: Float64Array | undefined;

/** The number of samples after a change of rate, as librosa.resample counts them. */
export function resampledLength(length: number, fromHz: number, toHz: number): number {
  return Math.ceil(length * (toHz / fromHz));
}

/**
 * Another sample rate, as `librosa.resample(…, res_type='kaiser_fast')` of librosa 0.11.0 with resampy 0.4.2 gives it
 * (Smith, Digital Audio Resampling, ccrma.stanford.edu/~jos/resample): a windowed sinc, kept in a table and
 * interpolated linearly between its entries.
 *
 * Two habits of resampy are kept, since the features of quiet bands depend on them. It steps through the table in whole
 * entries (352 instead of 352.8 for 32 kHz to 22.05 kHz), which moves the edge of the pass band. And it rounds the sum
 * to single precision after each tap: that noise is all there is above the pass band.
 *
 * @param toHz whole, and neither rate more than 500 times the other.
 * @returns ceil(length * toHz / fromHz) samples, each of single precision.
 */
export function resampleKaiserFast(samples: Float32Array, fromHz: number, toHz: number): Float64Array {
  if (fromHz === toHz) return Float64Array.from(samples);
  const ratio = toHz / fromHz;
  const out = new Float64Array(resampledLength(samples.length, fromHz, toHz));
  // What ceil gives more than this stays 0, as librosa pads it.
  const computed = Math.min(out.length, Math.trunc((samples.length * toHz) / fromHz));
  const kernel = new Kernel(ratio);
  const padded = new Float64Array(samples.length + 2 * kernel.reach);
  padded.set(samples, kernel.reach);
  // resampy multiplies by the rounded inverse, which decides on which side of a whole position an output falls.
  const increment = 1 / ratio;
  // For whole rates the same places between two samples come back every `phases` outputs, with the same weights.
  const phases = Number.isInteger(fromHz) ? toHz / greatestCommonDivisor(fromHz, toHz) : computed;
  const four = new Float64Array(4);
  for (let phase = 0; phase < Math.min(phases, computed); phase++) {
    const taps = kernel.taps(phase * increment);
    const under = (t: number) => kernel.reach + Math.floor(t * increment);
    // Rounding can put an output of a phase just before a sample where others are on one: it has other weights.
    const fits = (t: number) => Math.abs(fractionOf(t * increment) - taps.fraction) < 0.5;
    for (let t = phase; t < computed; t += phases) {
      const [t1, t2, t3] = [t + phases, t + 2 * phases, t + 3 * phases];
      if (t3 < computed && fits(t) && fits(t1) && fits(t2) && fits(t3)) {
        sumFour(padded, taps, under(t), under(t1), under(t2), under(t3), four);
        out[t] = four[0]!;
        out[t1] = four[1]!;
        out[t2] = four[2]!;
        out[t3] = four[3]!;
        t = t3;
      } else {
        out[t] = sumOne(padded, fits(t) ? taps : kernel.taps(t * increment), under(t));
      }
    }
  }
  return out;
}

/**
 * Weights for outputs at one place between two samples: of the samples from the one under it backwards, then of those
 * from the next one on.
 */
interface Taps {
  /** From the sample under the output to the output, 0 to 1. */
  readonly fraction: number;
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** Reads the weights for any place between two samples out of the kernel's table. */
class Kernel {
  /** More samples than a weight falls on, on one side. */
  readonly reach: number;
  readonly #table: Float64Array;
  readonly #scale: number;
  readonly #step: number;

  constructor(ratio: number) {
    halfKernel ??= Float64Array.from({ length: zeroCrossings * entriesPerCrossing + 1 }, (_, i) =>
      kaiserSinc(i / entriesPerCrossing, rollOff, zeroCrossings, beta),
    );
    const scale = Math.min(1, ratio);
    this.#scale = scale;
    // To a lower rate the kernel is wider, and lower by as much.
    this.#table = halfKernel.map((value) => value * scale);
    this.#step = Math.trunc(scale * entriesPerCrossing);
    this.reach = Math.floor(this.#table.length / this.#step) + 1;
  }

  taps(position: number): Taps {
    const fraction = fractionOf(position);
    const near = this.#scale * fraction;
    return { fraction, before: this.#wing(near), after: this.#wing(this.#scale - near) };
  }

  /** One side's weights, from the middle outwards. */
  #wing(distance: number): Float64Array {
    const table = this.#table;
    const entry = distance * entriesPerCrossing;
    const first = Math.trunc(entry);
    const between = entry - first;
    const weights = new Float64Array(Math.floor((table.length - first) / this.#step));
    for (let i = 0, at = first; i < weights.length; i++, at += this.#step) {
      const value = table[at]!;
      weights[i] = value + between * ((table[at + 1] ?? value) - value);
    }
    return weights;
  }
}

function fractionOf(position: number): number {
  return position - Math.floor(position);
}

/** @param under index of the sample at or before the output. */
function sumOne(samples: Float64Array, { before, after }: Taps, under: number): number {
  let sum = 0;
  for (let i = 0; i < before.length; i++) sum = Math.fround(sum + before[i]! * samples[under - i]!);
  for (let i = 0; i < after.length; i++) sum = Math.fround(sum + after[i]! * samples[under + 1 + i]!);
  return sum;
}

/** Four at once, in `sums`: each rounding waits for the one before it, but not for those of the neighbours. */
function sumFour(
  samples: Float64Array,
  { before, after }: Taps,
  under0: number,
  under1: number,
  under2: number,
  under3: number,
  sums: Float64Array,
): void {
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let i = 0; i < before.length; i++) {
    const weight = before[i]!;
    sum0 = Math.fround(sum0 + weight * samples[under0 - i]!);
    sum1 = Math.fround(sum1 + weight * samples[under1 - i]!);
    sum2 = Math.fround(sum2 + weight * samples[under2 - i]!);
    sum3 = Math.fround(sum3 + weight * samples[under3 - i]!);
  }
  for (let i = 0; i < after.length; i++) {
    const weight = after[i]!;
    sum0 = Math.fround(sum0 + weight * samples[under0 + 1 + i]!);
    sum1 = Math.fround(sum1 + weight * samples[under1 + 1 + i]!);
    sum2 = Math.fround(sum2 + weight * samples[under2 + 1 + i]!);
    sum3 = Math.fround(sum3 + weight * samples[under3 + 1 + i]!);
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
