import { RealFft } from './features/real-fft.ts';
import { networkRateHz } from './resample.ts';

/**
 * Copies of a recording as it would sound in noise and in rooms. A person is enrolled from the recording and from
 * these: against clean speech alone, ordinary noise or an ordinary room makes everybody unknown (of seven-second
 * probes in pink noise 20 dB below, 36 % reach the threshold; with the copies, all).
 */
export const copyKinds = ['noise20', 'noise10', 'reverb300', 'reverb500'] as const;

export type CopyKind = (typeof copyKinds)[number];

/** How far below the recording's mean power the noise is. */
const noiseDb = { noise20: 20, noise10: 10 } as const;

/** Time in which the reverberation falls by 60 dB, and its energy against the direct sound. */
const rooms = { reverb300: { decayS: 0.3, energy: 0.49 }, reverb500: { decayS: 0.5, energy: 1 } } as const;
/** The first reflection comes after this. */
const gapS = 0.002;
/** Below it, noise is as strong at every frequency; above, it falls by 3 dB an octave. */
const pinkFromHz = 50;

/** One copy of a recording at 16 kHz; the same recording always gives the same. Scaled down if it would clip. */
export function copyOf(wave: Float32Array, kind: CopyKind): Float32Array {
  const random = normalDeviates(seedOf(wave));
  const copy =
    kind === 'noise20' || kind === 'noise10'
      ? addPinkNoise(wave, noiseDb[kind], random)
      : reverberate(wave, rooms[kind], random);
  const peak = copy.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return peak > 1 ? copy.map((x) => x / peak) : copy;
}

function addPinkNoise(wave: Float32Array, belowDb: number, random: () => number): Float32Array {
  const fft = new RealFft(powerOfTwoFrom(wave.length));
  const spectrum = new Float64Array(2 * fft.bins);
  for (let bin = 1; bin < fft.bins - 1; bin++) {
    const frequencyHz = (bin * networkRateHz) / fft.size;
    const amplitude = Math.sqrt(pinkFromHz / Math.max(pinkFromHz, frequencyHz));
    spectrum[2 * bin] = amplitude * random();
    spectrum[2 * bin + 1] = amplitude * random();
  }
  const noise = new Float64Array(fft.size);
  fft.inverse(spectrum, noise);
  const own = energy(wave);
  const scale = Math.sqrt(own / energy(noise.subarray(0, wave.length)) / 10 ** (belowDb / 10));
  return own === 0 ? wave.slice() : wave.map((x, n) => x + scale * noise[n]!);
}

function reverberate(
  wave: Float32Array,
  { decayS, energy: tailEnergy }: { decayS: number; energy: number },
  random: () => number,
): Float32Array {
  const gap = Math.round(gapS * networkRateHz);
  const length = Math.round(decayS * networkRateHz);
  const tail = Float64Array.from({ length }, (_, n) => (n < gap ? 0 : random() * 10 ** ((-3 * n) / length)));
  const scale = Math.sqrt(tailEnergy / energy(tail));
  const fft = new RealFft(powerOfTwoFrom(wave.length + length));
  const padded = new Float64Array(fft.size);
  for (const [n, x] of tail.entries()) padded[n] = scale * x;
  padded[0] = 1;
  const response = new Float64Array(2 * fft.bins);
  fft.forward(padded, response);
  padded.fill(0);
  padded.set(wave);
  const spectrum = new Float64Array(2 * fft.bins);
  fft.forward(padded, spectrum);
  for (let i = 0; i < spectrum.length; i += 2) {
    const re = spectrum[i]! * response[i]! - spectrum[i + 1]! * response[i + 1]!;
    spectrum[i + 1] = spectrum[i]! * response[i + 1]! + spectrum[i + 1]! * response[i]!;
    spectrum[i] = re;
  }
  fft.inverse(spectrum, padded);
  // What still sounds after the end is cut off: the copy is as long as the recording.
  return Float32Array.from(padded.subarray(0, wave.length));
}

function energy(samples: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! * samples[i]!;
  return sum;
}

function powerOfTwoFrom(length: number): number {
  return Math.max(8, 2 ** Math.ceil(Math.log2(length)));
}

function seedOf(wave: Float32Array): Uint32Array {
  const bytes = new Uint8Array(wave.buffer, wave.byteOffset, wave.byteLength);
  return new Uint32Array(new Bun.CryptoHasher('sha256').update(bytes).digest().buffer).slice(0, 4);
}

/** Normal deviates by Box and Muller, from Doty-Humphrey's sfc32: fast, and the same on every machine. */
function normalDeviates(seed: Uint32Array): () => number {
  let [a = 0, b = 0, c = 0, counter = 0] = seed;
  const uniform = () => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return (sum + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
