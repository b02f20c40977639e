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

/** The sums of four outputs. */
const four = new Float64Array(4);

/** The number of samples after a change of rate, as librosa.resample counts them. */
export function resampledLength(length: number, fromHz: number, toHz: number): number {
  return Math.ceil(length * (toHz / fromHz));
}

/**
 * Another sample rate, bit by bit as `librosa.resample(…, res_type='kaiser_fast')` of librosa 0.11.0 with resampy 0.4.2
 * gives it (Smith, Digital Audio Resampling, ccrma.stanford.edu/~jos/resample): a windowed sinc, kept in a table and
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
  // For whole rates the same places between two samples come back every `phases` outputs, but for their rounding.
  const phases = Number.isInteger(fromHz) ? toHz / greatestCommonDivisor(fromHz, toHz) : computed;
  const places = new Places(Math.ceil(computed / phases));
  for (let phase = 0; phase < Math.min(phases, computed); phase++) {
    const count = Math.ceil((computed - phase) / phases);
    for (let i = 0; i < count; i++) kernel.locate((phase + i * phases) * increment, places, i);
    let taps = kernel.taps(places, 0);
    for (let i = 0; i < count; i++) {
      const t = phase + i * phases;
      // Rounding can put an output just before a sample where its neighbours are on one.
      if (!serves(taps, places, i)) taps = kernel.taps(places, i);
      if (
        i + 3 < count &&
        serves(taps, places, i + 1) &&
        serves(taps, places, i + 2) &&
        serves(taps, places, i + 3)
      ) {
        sumFour(padded, taps, places, i, four);
        out[t] = four[0]!;
        out[t + phases] = four[1]!;
        out[t + 2 * phases] = four[2]!;
        out[t + 3 * phases] = four[3]!;
        i += 3;
      } else {
        out[t] = sumOne(padded, taps, places, i);
      }
    }
  }
  return out;
}

/** Where outputs fall: between two samples, and between two entries of the table on either side. */
class Places {
  /** Indices of the samples at or before them, in the padded signal. */
  readonly under: Int32Array;
  readonly entryBefore: Int32Array;
  readonly shareBefore: Float64Array;
  readonly entryAfter: Int32Array;
  readonly shareAfter: Float64Array;

  constructor(count: number) {
    this.under = new Int32Array(count);
    this.entryBefore = new Int32Array(count);
    this.shareBefore = new Float64Array(count);
    this.entryAfter = new Int32Array(count);
    this.shareAfter = new Float64Array(count);
  }
}

/** Entries of the table for the samples on one side of an output, from the nearest outwards. */
interface Wing {
  readonly entry: number;
  readonly values: Float64Array;
  /** From each entry to the next one. */
  readonly slopes: Float64Array;
}

interface Taps {
  readonly before: Wing;
  readonly after: Wing;
}

function serves({ before, after }: Taps, { entryBefore, entryAfter }: Places, i: number): boolean {
  return before.entry === entryBefore[i] && after.entry === entryAfter[i];
}

/** The kernel for one ratio of rates. */
class Kernel {
  /** More samples than it covers on one side. */
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

  locate(position: number, places: Places, i: number): void {
    const sample = Math.floor(position);
    const distance = this.#scale * (position - sample);
    const before = distance * entriesPerCrossing;
    const after = (this.#scale - distance) * entriesPerCrossing;
    places.under[i] = this.reach + sample;
    places.entryBefore[i] = Math.trunc(before);
    places.shareBefore[i] = before - Math.trunc(before);
    places.entryAfter[i] = Math.trunc(after);
    places.shareAfter[i] = after - Math.trunc(after);
  }

  taps({ entryBefore, entryAfter }: Places, i: number): Taps {
    return { before: this.#wing(entryBefore[i]!), after: this.#wing(entryAfter[i]!) };
  }

  #wing(entry: number): Wing {
    const table = this.#table;
    const count = Math.floor((table.length - entry) / this.#step);
    const values = new Float64Array(count);
    const slopes = new Float64Array(count);
    for (let i = 0, at = entry; i < count; i++, at += this.#step) {
      values[i] = table[at]!;
      slopes[i] = (table[at + 1] ?? table[at]!) - table[at]!;
    }
    return { entry, values, slopes };
  }
}

function sumOne(samples: Float64Array, { before, after }: Taps, places: Places, i: number): number {
  const under = places.under[i]!;
  const shareBefore = places.shareBefore[i]!;
  const shareAfter = places.shareAfter[i]!;
  let sum = 0;
  for (let k = 0; k < before.values.length; k++) {
    sum = Math.fround(sum + (before.values[k]! + shareBefore * before.slopes[k]!) * samples[under - k]!);
  }
  for (let k = 0; k < after.values.length; k++) {
    sum = Math.fround(sum + (after.values[k]! + shareAfter * after.slopes[k]!) * samples[under + 1 + k]!);
  }
  return sum;
}

/** As sumOne for i to i + 3, side by side: each rounding waits for the one before it, but not for the neighbours'. */
function sumFour(
  samples: Float64Array,
  { before, after }: Taps,
  { under, shareBefore, shareAfter }: Places,
  i: number,
  sums: Float64Array,
): void {
  const under0 = under[i]!;
  const under1 = under[i + 1]!;
  const under2 = under[i + 2]!;
  const under3 = under[i + 3]!;
  let share0 = shareBefore[i]!;
  let share1 = shareBefore[i + 1]!;
  let share2 = shareBefore[i + 2]!;
  let share3 = shareBefore[i + 3]!;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let k = 0; k < before.values.length; k++) {
    const value = before.values[k]!;
    const slope = before.slopes[k]!;
    sum0 = Math.fround(sum0 + (value + share0 * slope) * samples[under0 - k]!);
    sum1 = Math.fround(sum1 + (value + share1 * slope) * samples[under1 - k]!);
    sum2 = Math.fround(sum2 + (value + share2 * slope) * samples[under2 - k]!);
    sum3 = Math.fround(sum3 + (value + share3 * slope) * samples[under3 - k]!);
  }
  share0 = shareAfter[i]!;
  share1 = shareAfter[i + 1]!;
  share2 = shareAfter[i + 2]!;
  share3 = shareAfter[i + 3]!;
  for (let k = 0; k < after.values.length; k++) {
    const value = after.values[k]!;
    const slope = after.slopes[k]!;
    sum0 = Math.fround(sum0 + (value + share0 * slope) * samples[under0 + 1 + k]!);
    sum1 = Math.fround(sum1 + (value + share1 * slope) * samples[under1 + 1 + k]!);
    sum2 = Math.fround(sum2 + (value + share2 * slope) * samples[under2 + 1 + k]!);
    sum3 = Math.fround(sum3 + (value + share3 * slope) * samples[under3 + 1 + k]!);
  }
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
