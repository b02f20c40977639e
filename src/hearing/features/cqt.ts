import { decimateByTwo } from './decimate.ts';
import { RealFft } from './real-fft.ts';
import { featureRateHz, hopLength } from './stft.ts';

export const cqtBinsPerOctave = 36;
const octaves = 7;
export const cqtBins = octaves * cqtBinsPerOctave;
/** C1, the lowest bin of a sound in tune. */
const lowestHz = 32.70319566257483;

/** Wave trains of a filter: the same for all, so that each is as sharp as a step of the scale is wide. */
const step = 2 ** (2 / cqtBinsPerOctave);
const quality = (step + 1) / (step - 1);

const fftSize = 1024;
/** The weakest coefficients of a filter that make up this share of it are left out. */
const sparsity = 0.01;

/** The filters of one octave in the frequency domain; each is a few coefficients around its peak. */
interface Basis {
  /** Bin of each coefficient; those of filter i are at start[i] to start[i + 1]. */
  readonly bin: Int32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly start: Int32Array;
}

const fft = new RealFft(fftSize);
const frame = new Float64Array(fftSize);
const spectrum = new Float64Array(2 * fft.bins);
const bases = new Map<number, Basis>();

/**
 * Magnitude of the constant-Q transform from C1, 36 bins an octave, `cqtBins` numbers a frame, hop 512: |librosa.cqt|
 * of librosa 0.11.0 (Brown 1991; Schoerkhuber and Klapuri 2010). The highest octave is filtered at the full rate, each
 * lower one after halving the rate once more, so one set of filters serves all.
 *
 * librosa multiplies signal and filters by sqrt(2) at each halving; both are applied to the result here.
 *
 * @param tuning in shares of a bin, as estimateTuning gives it for 36 bins.
 */
export function constantQMagnitudes(signal: Float64Array, tuning: number): Float64Array {
  const basis = octaveBasis(tuning);
  const layers: Float64Array[] = [];
  let lower = signal;
  for (let halvings = 0; halvings < octaves; halvings++) {
    if (halvings > 0) lower = decimateByTwo(lower);
    layers.push(octaveMagnitudes(lower, hopLength >> halvings, basis));
  }
  const frames = Math.min(...layers.map((layer) => layer.length)) / cqtBinsPerOctave;
  const out = new Float64Array(frames * cqtBins);
  for (const [halvings, layer] of layers.entries()) {
    const lowestBin = (octaves - 1 - halvings) * cqtBinsPerOctave;
    for (let i = 0; i < cqtBinsPerOctave; i++) {
      const filterLength = (quality * featureRateHz) / binHz(lowestBin + i, tuning);
      const scale = 2 ** halvings / Math.sqrt(filterLength);
      for (let j = 0; j < frames; j++) {
        out[j * cqtBins + lowestBin + i] = scale * layer[j * cqtBinsPerOctave + i]!;
      }
    }
  }
  return out;
}

function binHz(bin: number, tuning: number): number {
  return lowestHz * 2 ** ((bin + tuning) / cqtBinsPerOctave);
}

/** Frames centred on multiples of the hop, zeros beyond the ends, no window: the filters carry their own. */
function octaveMagnitudes(signal: Float64Array, hop: number, basis: Basis): Float64Array {
  const { bin, re, im, start } = basis;
  const frames = 1 + Math.floor(signal.length / hop);
  const out = new Float64Array(frames * cqtBinsPerOctave);
  for (let j = 0; j < frames; j++) {
    const first = j * hop - fftSize / 2;
    const from = Math.max(0, -first);
    const to = Math.min(fftSize, signal.length - first);
    frame.fill(0, 0, from);
    frame.set(signal.subarray(first + from, first + to), from);
    frame.fill(0, to);
    fft.forward(frame, spectrum);
    for (let i = 0; i < cqtBinsPerOctave; i++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let at = start[i]!; at < start[i + 1]!; at++) {
        const xRe = spectrum[2 * bin[at]!]!;
        const xIm = spectrum[2 * bin[at]! + 1]!;
        sumRe += re[at]! * xRe - im[at]! * xIm;
        sumIm += re[at]! * xIm + im[at]! * xRe;
      }
      out[j * cqtBinsPerOctave + i] = Math.sqrt(sumRe * sumRe + sumIm * sumIm);
    }
  }
  return out;
}

/** The filters of the highest octave at the full rate, made once for each tuning. */
function octaveBasis(tuning: number): Basis {
  const kept = bases.get(tuning);
  if (kept !== undefined) return kept;
  const bin: number[] = [];
  const re: number[] = [];
  const im: number[] = [];
  const start = [0];
  for (let i = 0; i < cqtBinsPerOctave; i++) {
    const filter = filterSpectrum(binHz(cqtBins - cqtBinsPerOctave + i, tuning) / featureRateHz);
    const threshold = weakest(filter);
    for (let k = 0; k < fft.bins; k++) {
      const [kRe, kIm] = [filter[2 * k]!, filter[2 * k + 1]!];
      if (Math.hypot(kRe, kIm) < threshold) continue;
      bin.push(k);
      re.push(kRe);
      im.push(kIm);
    }
    start.push(bin.length);
  }
  const basis = {
    bin: Int32Array.from(bin),
    re: Float64Array.from(re),
    im: Float64Array.from(im),
    start: Int32Array.from(start),
  };
  bases.set(tuning, basis);
  return basis;
}

/**
 * Spectrum of a wave train under a Hann window, its absolute sum brought to the share of the frame it fills.
 *
 * @param frequency as a share of the sample rate.
 */
function filterSpectrum(frequency: number): Float64Array {
  const length = quality / frequency;
  const first = Math.floor(-length / 2);
  const samples = Math.floor(length / 2) - first;
  const window = Float64Array.from(
    { length: samples },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples),
  );
  const gain = length / fftSize / window.reduce((sum, value) => sum + value, 0);
  const pad = Math.floor((fftSize - samples) / 2);
  const cosine = new Float64Array(fftSize);
  const sine = new Float64Array(fftSize);
  for (let i = 0; i < samples; i++) {
    const phase = 2 * Math.PI * frequency * (first + i);
    cosine[pad + i] = gain * window[i]! * Math.cos(phase);
    sine[pad + i] = gain * window[i]! * Math.sin(phase);
  }
  // The transform is linear: that of cosine + i sine is that of the one plus i times that of the other.
  const result = new Float64Array(2 * fft.bins);
  fft.forward(cosine, result);
  fft.forward(sine, spectrum);
  for (let k = 0; k < result.length; k += 2) {
    result[k]! -= spectrum[k + 1]!;
    result[k + 1]! += spectrum[k]!;
  }
  return result;
}

/** The magnitude that is kept first, when the weakest up to `sparsity` of their sum go (librosa.util.sparsify_rows). */
function weakest(filter: Float64Array): number {
  const ascending = Float64Array.from({ length: fft.bins }, (_, k) =>
    Math.hypot(filter[2 * k]!, filter[2 * k + 1]!),
  ).sort();
  const sum = ascending.reduce((a, b) => a + b, 0);
  let share = 0;
  for (const value of ascending) {
    share += value / sum;
    if (share >= sparsity) return value;
  }
  return 0;
}
