import { HalError } from '../contract/errors.ts';
import type { Sound } from '../contract/sound.ts';
import type { TrainedVoices } from '../contract/voice-models.ts';
import { OracleCalls } from './oracle-calls.ts';
import { type OracleVoiceModelsOptions, oracleVoiceEmbedding } from './oracle-voice-models.ts';
import { Random } from './random.ts';

/** Less, and nothing can be computed from it. */
const leastSoundMs = 1_000;
const silentDbfs = -60;
/** Simulated time of a call: the features cost most of it. */
const callMs = 150;
/**
 * How many nepers (units of a logit) the best label is ahead of the others: for who was trained on, and for anybody
 * else. A share of 0.95 beside five others takes 4.6: nearly all of the former have it, and about half of the latter.
 */
const lead = { trained: { mean: 9, deviation: 2 }, stranger: { mean: 5, deviation: 2.5 } };

/**
 * The twin of the trained network: it always answers with one of its labels. Strangers get a high share about as
 * often as by the real one, which cannot say that it does not know somebody.
 */
export class OracleTrainedVoices implements TrainedVoices {
  readonly name: string;
  readonly labels: readonly string[];
  readonly #options: OracleVoiceModelsOptions;
  readonly #calls: OracleCalls;
  readonly #noise: Random;

  constructor(options: OracleVoiceModelsOptions & { readonly labels: readonly string[] }) {
    this.name = options.name ?? 'trained voices';
    this.labels = options.labels;
    this.#options = options;
    const { clock, faults, limitMs = 5_000 } = options;
    this.#calls = new OracleCalls({ port: 'voice-models', name: this.name, clock, faults, limitMs });
    this.#noise = Random.seeded(options.seed).child('trained voices');
  }

  async classify(sound: Sound, signal: AbortSignal): Promise<readonly number[]> {
    this.#calls.check(signal);
    const fromMs = sound.startMs;
    const durationMs = (sound.samples.length / sound.sampleRateHz) * 1_000;
    const { levelDbfs, voices } = this.#options.truth(fromMs, fromMs + durationMs);
    if (durationMs < leastSoundMs)
      throw new HalError(
        'invalid-argument',
        this.name,
        `${Math.round(durationMs)} ms of sound are too short`,
      );
    if (levelDbfs < silentDbfs) throw new HalError('invalid-argument', this.name, 'the sound is silent');
    await this.#calls.compute(callMs, signal);
    const { faults } = this.#options;
    if (faults.find('voice-models-nan') !== undefined) return this.labels.map(() => Number.NaN);
    // Noise and tones sound like somebody, too.
    const speaker = faults.find('voice-models-mistaken')?.forSubject ?? voices[0]?.subject ?? 'nobody';
    return this.#shares(speaker, this.#noise.child(fromMs).child(durationMs));
  }

  async close(): Promise<void> {
    this.#calls.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #shares(speaker: string, random: Random): number[] {
    const { mean, deviation } = this.labels.includes(speaker) ? lead.trained : lead.stranger;
    const ahead = Math.max(0, random.normal(mean, deviation));
    const likest = this.#likest(speaker);
    const odds = this.labels.map((_, index) => Math.exp(index === likest ? ahead : random.normal(0, 0.5)));
    const total = odds.reduce((sum, value) => sum + value, 0);
    return odds.map((value) => value / total);
  }

  /** The label whose voice is most like the speaker's: their own, if they are one of them. */
  #likest(speaker: string): number {
    const { seed } = this.#options;
    const voice = oracleVoiceEmbedding(seed, speaker);
    const scores = this.labels.map((label) => {
      const other = oracleVoiceEmbedding(seed, label);
      return voice.reduce((sum, value, i) => sum + value * other[i]!, 0);
    });
    return scores.indexOf(Math.max(...scores));
  }
}
