import type { PcmChunk } from '../contract/microphone.ts';
import type { SoundGlance, SoundState, SoundWatch } from '../contract/sound-watch.ts';
import type { SceneMicrophone } from './microphone.ts';

/** From this share of samples at full scale on a chunk counts as overdriven. */
const clippedFrom = 0.01;

/** The twin of the ear for single chunks: knows from the scene and its faults what each holds, without samples. */
export class OracleSoundWatch implements SoundWatch {
  readonly #truth: SceneMicrophone['truth'];

  constructor(truth: SceneMicrophone['truth']) {
    this.#truth = truth;
  }

  glance(chunk: PcmChunk): SoundGlance {
    const { samples, channels, sampleRateHz, startMs } = chunk;
    const durationMs = (samples.length / channels / sampleRateHz) * 1_000;
    const { levelDbfs, speechMs, clippedShare, impairment } = this.#truth(startMs, startMs + durationMs);
    let state: SoundState = clippedShare >= clippedFrom ? 'clipped' : 'good';
    if (impairment === 'zeros' || impairment === 'stuck') state = impairment;
    return { levelDbfs, speechMs, state };
  }
}
