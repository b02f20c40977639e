import loadFvad, { type FvadModule } from '@echogarden/fvad-wasm';
import { networkRateHz } from './resample.ts';

/** Samples in one frame of voice activity at 16 kHz: 30 ms. */
export const vadFrameSamples = 480;
export const vadFrameMs = 30;

/** The strictest of four: what is called speech is speech. The thresholds of the network were measured with it. */
const aggressiveness = 3;

/** Names the detector and its settings in a pipeline id. */
export const vadId = 'webrtc3';

/**
 * WebRTC's voice activity detector at 16 kHz, mode 3, frames of 30 ms. It adapts to the noise it hears, so a clip is
 * judged by a fresh one (`reset`) and a stream by one that lives as long as the stream.
 */
export class VoiceActivityDetector {
  readonly #fvad: FvadModule;
  readonly #detector: number;
  readonly #frame: number;
  #closed = false;

  private constructor(fvad: FvadModule) {
    this.#fvad = fvad;
    this.#detector = fvad._fvad_new();
    this.#frame = fvad._malloc(vadFrameSamples * Int16Array.BYTES_PER_ELEMENT);
    if (this.#detector === 0 || this.#frame === 0)
      throw new Error('voice activity: no memory for a detector');
    this.#configure();
  }

  /** Loads the WebAssembly module (once in a thread) and makes a detector. */
  static async create(): Promise<VoiceActivityDetector> {
    loaded ??= loadFvad();
    return new VoiceActivityDetector(await loaded);
  }

  /** Forgets what was heard. */
  reset(): void {
    this.#fvad._fvad_reset(this.#detector);
    this.#configure();
  }

  /** Whether the next frame, 480 samples at 16 kHz from `offset` on, is speech. Full scale at 1; louder is clamped. */
  isSpeech(samples: Float32Array, offset = 0): boolean {
    if (this.#closed) throw new Error('voice activity: the detector is closed');
    const heap = this.#fvad.HEAP16;
    const at = this.#frame / Int16Array.BYTES_PER_ELEMENT;
    for (let i = 0; i < vadFrameSamples; i++) heap[at + i] = toInt16(samples[offset + i]!);
    const answer = this.#fvad._fvad_process(this.#detector, this.#frame, vadFrameSamples);
    if (answer < 0) throw new Error('voice activity: the detector refused a frame');
    return answer === 1;
  }

  /** A flag for each whole frame of a clip, 1 for speech, by a detector that has heard nothing before. */
  flags(samples: Float32Array): Uint8Array {
    this.reset();
    const flags = new Uint8Array(Math.floor(samples.length / vadFrameSamples));
    for (let frame = 0; frame < flags.length; frame++) {
      flags[frame] = this.isSpeech(samples, frame * vadFrameSamples) ? 1 : 0;
    }
    return flags;
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fvad._fvad_free(this.#detector);
    this.#fvad._free(this.#frame);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #configure(): void {
    const mode = this.#fvad._fvad_set_mode(this.#detector, aggressiveness);
    const rate = this.#fvad._fvad_set_sample_rate(this.#detector, networkRateHz);
    if (mode !== 0 || rate !== 0) throw new Error('voice activity: the detector refused its settings');
  }
}

let loaded: Promise<FvadModule> | undefined;

function toInt16(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(32_767 * sample)));
}
