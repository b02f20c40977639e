import type { Sound } from '../../hal/contract/sound.ts';
import { networkRateHz, resample } from './resample.ts';
import { type VoiceActivityDetector, vadFrameSamples, vadId } from './vad.ts';

/**
 * From a stretch of sound to what the embedding network takes: 16 kHz, level, speech cut out, windows. Each step and
 * number is that of Resemblyzer's own front end, with which the network was trained; with any other its scores and
 * thresholds mean something else. Change `frontEndId` with whatever changes an embedding.
 */
export const frontEndId = `r16k-${vadId}-w160.77`;

/** Quieter sound is amplified to this mean power; louder is left alone. */
const targetDbfs = -30;

/** A frame is speech when at least `least` of the flags from `before` frames earlier to `after` later say so. */
const smoothing = { before: 3, after: 4, least: 5 } as const;
/** Speech is kept with this many frames on each side. */
const dilation = 3;

/** The network's mel frames, and their number in a window and between the starts of two. */
const frameHopSamples = 160;
const windowFrames = 160;
const windowHopFrames = 77;
/** The first frame is centred on the window's first sample, so half a frame of what stands before is needed. */
const leadSamples = 200;
export const windowSamples = 25_840;
/** A last window with less of it filled than this is left out. */
const leastCoverage = 0.75;

/** Less speech than a window is not compared with anybody. */
export const leastVoicedMs = 1_600;

/** A pause shorter than this does not say how noisy it is. */
const leastPauseFrames = 10;

/** From here a sample counts as standing at full scale: the last two steps of 16 bits. */
const fullScale = 32_766 / 32_768;

export interface PreparedVoice {
  /** The speech alone, at 16 kHz. */
  readonly voiced: Float32Array;
  readonly voicedMs: number;
  /** Mean power of the whole stretch relative to full scale; -Infinity for digital silence. */
  readonly levelDbfs: number;
  /** Share of the samples that stand at full scale, 0 to 1, as they came. */
  readonly clippedShare: number;
  /** Mean power of the speech over that of what was cut out, dB: large in a quiet room. Null where either is short. */
  readonly speechToPauseDb: number | null;
}

/**
 * Brings sound to 16 kHz and cuts out everything but speech. An empty stretch has no speech. Throws RangeError for
 * numbers that are not finite and for rates that `resample` does not know.
 */
export function prepareVoice(
  sound: Pick<Sound, 'sampleRateHz' | 'samples'>,
  detector: VoiceActivityDetector,
): PreparedVoice {
  const wave = resample(sound.samples, sound.sampleRateHz);
  const power = meanPower(wave, 0, wave.length);
  if (!Number.isFinite(power)) throw new RangeError('the sound holds numbers that are not finite');
  const levelDbfs = decibels(power);
  const gain = levelDbfs < targetDbfs && power > 0 ? 10 ** ((targetDbfs - levelDbfs) / 20) : 1;
  // In place of the copy that `resample` made.
  if (gain !== 1) for (let i = 0; i < wave.length; i++) wave[i] = wave[i]! * gain;

  const kept = keptFrames(power > 0 ? detector.flags(wave) : new Uint8Array(0));
  const voicedFrames = kept.reduce((sum, keep) => sum + keep, 0);
  const voiced = new Float32Array(voicedFrames * vadFrameSamples);
  let length = 0;
  let pausePower = 0;
  for (const [frame, keep] of kept.entries()) {
    const start = frame * vadFrameSamples;
    if (keep === 1) {
      voiced.set(wave.subarray(start, start + vadFrameSamples), length);
      length += vadFrameSamples;
    } else {
      pausePower += meanPower(wave, start, start + vadFrameSamples);
    }
  }
  const pauseFrames = kept.length - voicedFrames;
  const short = voicedFrames === 0 || pauseFrames < leastPauseFrames;
  // Digital silence counts as the noise of 16 bits.
  const pauseDbfs = decibels(Math.max(1e-10, pausePower / pauseFrames));
  return {
    voiced,
    voicedMs: (length * 1000) / networkRateHz,
    levelDbfs,
    clippedShare: clippedShareOf(sound.samples),
    speechToPauseDb: short ? null : decibels(meanPower(voiced, 0, length)) - pauseDbfs,
  };
}

/** Flags of single frames, smoothed and widened: 1 for the frames that are kept. */
export function keptFrames(flags: Uint8Array): Uint8Array {
  const smooth = flags.map((_, i) => {
    let votes = 0;
    for (let j = i - smoothing.before; j <= i + smoothing.after; j++) votes += flags[j] ?? 0;
    return votes >= smoothing.least ? 1 : 0;
  });
  return smooth.map((_, i) =>
    smooth.subarray(Math.max(0, i - dilation), i + dilation + 1).includes(1) ? 1 : 0,
  );
}

/** First samples of the windows of so much speech: one each 0.77 s, and always one. */
export function windowStarts(voicedSamples: number): number[] {
  const frames = Math.ceil((voicedSamples + 1) / frameHopSamples);
  const starts: number[] = [];
  for (
    let start = 0;
    start < Math.max(1, frames - windowFrames + windowHopFrames + 1);
    start += windowHopFrames
  ) {
    starts.push(start * frameHopSamples);
  }
  const coverage = (voicedSamples - starts.at(-1)!) / (windowFrames * frameHopSamples);
  if (starts.length > 1 && coverage < leastCoverage) starts.pop();
  return starts;
}

/** The windows of speech one after the other, `windowSamples` each, silence outside it: a batch for the network. */
export function cutWindows(voiced: Float32Array): Float32Array {
  const starts = windowStarts(voiced.length);
  const windows = new Float32Array(starts.length * windowSamples);
  for (const [index, start] of starts.entries()) {
    const from = Math.max(0, start - leadSamples);
    const piece = voiced.subarray(from, start - leadSamples + windowSamples);
    windows.set(piece, index * windowSamples + from - (start - leadSamples));
  }
  return windows;
}

function meanPower(samples: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += samples[i]! * samples[i]!;
  return to > from ? sum / (to - from) : 0;
}

function decibels(power: number): number {
  return power > 0 ? 10 * Math.log10(power) : Number.NEGATIVE_INFINITY;
}

function clippedShareOf(samples: Float32Array): number {
  let clipped = 0;
  for (const sample of samples) if (Math.abs(sample) >= fullScale) clipped++;
  return samples.length === 0 ? 0 : clipped / samples.length;
}
