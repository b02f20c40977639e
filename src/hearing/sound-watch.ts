import type { PcmChunk } from '../../hal/contract/microphone.ts';
import type { SoundGlance, SoundState, SoundWatch } from '../../hal/contract/sound-watch.ts';
import { measureBlock, type SoundMeter } from './meter.ts';
import { mixToMono } from './mono.ts';
import { Resampler } from './resample.ts';
import { type VoiceActivityDetector, vadFrameMs, vadFrameSamples } from './vad.ts';

/**
 * What is quieter than this is nobody speaking, and what is flatter is hiss. Measured on 1,050 tenths of a second that
 * WebRTC calls speech: 1 % are below -69 dB, 1 % above a flatness of 0.75; white noise has 0.81 to 0.88.
 */
const gate = { levelDbfs: -70, flatness: 0.8 } as const;
/** Sound with a larger share of its samples at full scale is overdriven. */
const clippedShare = 0.01;
const fullScale = 32_767;

/** Ears for real sound: a level meter, a cheap gate, and WebRTC's voice activity behind it. One for each session. */
export class PcmSoundWatch implements SoundWatch {
  readonly #detector: VoiceActivityDetector;
  #mono = new Float32Array(0);
  #meter: SoundMeter = measureBlock(this.#mono, 1);
  /** Undefined while the gate is shut. */
  #resampler: Resampler | undefined;
  /** At 16 kHz, less than a frame. */
  #rest = new Float32Array(0);

  constructor(detector: VoiceActivityDetector) {
    this.#detector = detector;
    detector.reset();
  }

  /** Of the last chunk. */
  get meter(): SoundMeter {
    return this.#meter;
  }

  glance({ samples, channels, sampleRateHz }: PcmChunk): SoundGlance {
    const { levelDbfs, state } = survey(samples);
    const frames = samples.length / channels;
    if (this.#mono.length !== frames) this.#mono = new Float32Array(frames);
    mixToMono(samples, channels, this.#mono, 0);
    this.#meter = measureBlock(this.#mono, sampleRateHz);
    if (levelDbfs < gate.levelDbfs || this.#meter.flatness > gate.flatness) {
      this.#resampler = undefined;
      return { levelDbfs, speechMs: 0, state };
    }
    return { levelDbfs, speechMs: this.#speechMs(sampleRateHz), state };
  }

  #speechMs(sampleRateHz: number): number {
    if (this.#resampler === undefined) {
      this.#resampler = new Resampler(sampleRateHz);
      this.#rest = new Float32Array(0);
    }
    const fresh = this.#resampler.push(this.#mono);
    const heard = new Float32Array(this.#rest.length + fresh.length);
    heard.set(this.#rest);
    heard.set(fresh, this.#rest.length);
    let speechMs = 0;
    let offset = 0;
    for (; offset + vadFrameSamples <= heard.length; offset += vadFrameSamples) {
      if (this.#detector.isSpeech(heard, offset)) speechMs += vadFrameMs;
    }
    this.#rest = heard.slice(offset);
    return speechMs;
  }
}

/** What the samples say before anything is computed of them. */
function survey(samples: Int16Array): { levelDbfs: number; state: SoundState } {
  let squares = 0;
  let clipped = 0;
  let lowest = fullScale;
  let highest = -fullScale - 1;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    squares += sample * sample;
    if (sample >= fullScale || sample <= -fullScale) clipped++;
    if (sample < lowest) lowest = sample;
    if (sample > highest) highest = sample;
  }
  const levelDbfs =
    squares === 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10(squares / samples.length / 32_768 ** 2);
  if (squares === 0) return { levelDbfs, state: 'zeros' };
  if (lowest === highest) return { levelDbfs, state: 'stuck' };
  return { levelDbfs, state: clipped > clippedShare * samples.length ? 'clipped' : 'good' };
}
