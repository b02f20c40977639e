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
  const places = Array.from({ length: lanes }, () => new Place());
  const sums = new Float64Array(lanes);
  for (let phase = 0; phase < Math.min(phases, computed); phase++) {
    let taps: Taps | undefined;
    for (let t = phase; t < computed; t += lanes * phases) {
      const count = Math.min(lanes, Math.ceil((computed - t) / phases));
      let together = count === lanes;
      for (let i = 0; i < count; i++) {
        const place = places[i]!;
        kernel.locate((t + i * phases) * increment, place);
        taps ??= kernel.taps(place);
        together &&= serves(taps, place);
      }
      if (taps !== undefined && together) {
        sumLanes(padded, taps, places, sums);
        for (let i = 0; i < lanes; i++) out[t + i * phases] = sums[i]!;
        continue;
      }
      // The end of a phase, or rounding put some of them just before a sample and others on one.
      for (let i = 0; i < count; i++) {
        const place = places[i]!;
        if (taps === undefined || !serves(taps, place)) taps = kernel.taps(place);
        out[t + i * phases] = sumOne(padded, taps, place);
      }
    }
  }
  return out;
}

/** Outputs of a phase that are summed side by side. */
const lanes = 4;

/** Where an output falls: between two samples, and between two entries of the table on either side. */
class Place {
  /** Index of the sample at or before it, in the padded signal. */
  under = 0;
  entryBefore = 0;
  shareBefore = 0;
  entryAfter = 0;
  shareAfter = 0;
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

function serves({ before, after }: Taps, { entryBefore, entryAfter }: Place): boolean {
  return before.entry === entryBefore && after.entry === entryAfter;
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

  locate(position: number, place: Place): void {
    const sample = Math.floor(position);
    const distance = this.#scale * (position - sample);
    const before = distance * entriesPerCrossing;
    const after = (this.#scale - distance) * entriesPerCrossing;
    place.under = this.reach + sample;
    place.entryBefore = Math.trunc(before);
    place.shareBefore = before - place.entryBefore;
    place.entryAfter = Math.trunc(after);
    place.shareAfter = after - place.entryAfter;
  }

  taps({ entryBefore, entryAfter }: Place): Taps {
    return { before: this.#wing(entryBefore), after: this.#wing(entryAfter) };
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

function sumOne(samples: Float64Array, { before, after }: Taps, place: Place): number {
  const { under, shareBefore, shareAfter } = place;
  let sum = 0;
  for (let i = 0; i < before.values.length; i++) {
    sum = Math.fround(sum + (before.values[i]! + shareBefore * before.slopes[i]!) * samples[under - i]!);
  }
  for (let i = 0; i < after.values.length; i++) {
    sum = Math.fround(sum + (after.values[i]! + shareAfter * after.slopes[i]!) * samples[under + 1 + i]!);
  }
  return sum;
}

/** As sumOne, side by side: each rounding waits for the one before it, but not for those of the neighbours. */
function sumLanes(
  samples: Float64Array,
  { before, after }: Taps,
  places: readonly Place[],
  sums: Float64Array,
): void {
  const [a, b, c, d] = [places[0]!, places[1]!, places[2]!, places[3]!];
  const [underA, underB, underC, underD] = [a.under, b.under, c.under, d.under];
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  let [shareA, shareB, shareC, shareD] = [a.shareBefore, b.shareBefore, c.shareBefore, d.shareBefore];
  for (let i = 0; i < before.values.length; i++) {
    const value = before.values[i]!;
    const slope = before.slopes[i]!;
    sumA = Math.fround(sumA + (value + shareA * slope) * samples[underA - i]!);
    sumB = Math.fround(sumB + (value + shareB * slope) * samples[underB - i]!);
    sumC = Math.fround(sumC + (value + shareC * slope) * samples[underC - i]!);
    sumD = Math.fround(sumD + (value + shareD * slope) * samples[underD - i]!);
  }
  [shareA, shareB, shareC, shareD] = [a.shareAfter, b.shareAfter, c.shareAfter, d.shareAfter];
  for (let i = 0; i < after.values.length; i++) {
    const value = after.values[i]!;
    const slope = after.slopes[i]!;
    sumA = Math.fround(sumA + (value + shareA * slope) * samples[underA + 1 + i]!);
    sumB = Math.fround(sumB + (value + shareB * slope) * samples[underB + 1 + i]!);
    sumC = Math.fround(sumC + (value + shareC * slope) * samples[underC + 1 + i]!);
    sumD = Math.fround(sumD + (value + shareD * slope) * samples[underD + 1 + i]!);
  }
  sums[0] = sumA;
  sums[1] = sumB;
  sums[2] = sumC;
  sums[3] = sumD;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
