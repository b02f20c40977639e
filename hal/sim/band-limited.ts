/** Zero crossings of the kernel on each side: the transition band is then about a sixteenth of the band. */
const zeroCrossings = 32;

/**
 * Samples at another rate, by a sinc under a Hann window: flat to nine tenths of the lower half rate. The world's
 * sound comes through here on its way to the simulated microphone; the device has a resampler of its own.
 */
export function resampleBandLimited(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  if (fromHz === toHz) return samples;
  const length = Math.floor((samples.length * toHz) / fromHz);
  const resampled = new Float32Array(length);
  /** Cycles in a sample of the input: the cutoff lies at half the lower rate. */
  const band = Math.min(1, toHz / fromHz);
  const reach = zeroCrossings / band;
  for (let i = 0; i < length; i++) {
    const centre = (i * fromHz) / toHz;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let k = first; k <= last; k++) sum += samples[k]! * kernel((k - centre) * band);
    resampled[i] = sum * band;
  }
  return resampled;
}

/** By distance in zero crossings. */
function kernel(distance: number): number {
  const position = Math.abs(distance) * kernelSteps;
  const index = Math.floor(position);
  const share = position - index;
  return kernelTable[index]! * (1 - share) + kernelTable[index + 1]! * share;
}

const kernelSteps = 512;
const kernelTable = Float64Array.from({ length: zeroCrossings * kernelSteps + 2 }, (_, i) => {
  const t = i / kernelSteps;
  if (t === 0) return 1;
  if (t >= zeroCrossings) return 0;
  return (Math.sin(Math.PI * t) / (Math.PI * t)) * 0.5 * (1 + Math.cos((Math.PI * t) / zeroCrossings));
});
