import type { Clock } from '../contract/clock.ts';
import type { Sound } from '../contract/sound.ts';
import type { HeardVoice, VoiceModels } from '../contract/voice-models.ts';
import type { FaultBoard } from './faults.ts';
import { normalise, OracleCalls } from './oracle-calls.ts';
import { Random } from './random.ts';
import type { SoundTruth, VoiceTruth } from './scene-sounds.ts';

const embeddingLength = 256;
/** Less speech than one window of the network says nothing. */
const leastVoicedMs = 1_600;
/**
 * The real network ends in a rectifier: no coordinate is negative, and voices share a common part. Coordinates are
 * drawn from a normal distribution about this mean and cut at 0, a few together, so that two strangers have cosines
 * of .56 on average, .39 to .72 in 98 of 100 pairs.
 */
const meanCoordinate = 0.8;
const coordinatesTogether = 4;
/**
 * Squared length of the noise of an embedding against the person's own: a part that stays and one that speech
 * averages out (per second), so that 1.6, 3 and 7 s of speech have median cosines of .85, .90 and .93.
 */
const noiseSquare = { constant: 0.1, perSecond: 0.68 };
/** Natural logarithm of how much more or less noise a stretch has than usual, as a standard deviation. */
const noiseSpread = 0.3;
/** What noise in the room adds, where it is 10 dB below the speech. */
const roomNoiseSquareAt10Db = 0.1;
/** Simulated time of a call, and of each window of the network in it. */
const callMs = 10;
const windowMs = 7;
const windowHopMs = 770;

export interface OracleVoiceModelsOptions {
  readonly name?: string;
  readonly clock: Clock;
  readonly faults: FaultBoard;
  readonly seed: number;
  /** What is true of the sound from one time to another. */
  readonly truth: (fromMs: number, untilMs: number) => SoundTruth;
  /** A call that would take longer rejects with `timeout`. */
  readonly limitMs?: number;
}

/**
 * The embedding that perfect recordings of `subject` would have: what to enrol in a simulation with oracle models
 * of the same seed.
 */
export function oracleVoiceEmbedding(seed: number, subject: string): Float32Array {
  const random = Random.seeded(seed).child('voice').child(subject);
  const embedding = new Float32Array(embeddingLength);
  for (let i = 0; i < embeddingLength; i += coordinatesTogether) {
    embedding.fill(Math.max(0, random.normal(meanCoordinate)), i, i + coordinatesTogether);
  }
  return normalise(embedding);
}

/**
 * The twin of the voice network: knows from the scene who speaks, and answers as the network would, with seeded
 * noise that shrinks with the length of the speech and grows with the noise around it. A pure function of seed and
 * truth.
 */
export class OracleVoiceModels implements VoiceModels {
  readonly name: string;
  readonly pipelineId: string;
  readonly embeddingLength = embeddingLength;
  readonly #options: OracleVoiceModelsOptions;
  readonly #calls: OracleCalls;
  readonly #noise: Random;
  readonly #voices = new Map<string, Float32Array>();

  constructor(options: OracleVoiceModelsOptions) {
    this.name = options.name ?? 'voice models';
    this.pipelineId = `oracle-voices-${options.seed}`;
    this.#options = options;
    const { clock, faults, limitMs = 5_000 } = options;
    this.#calls = new OracleCalls({ port: 'voice-models', name: this.name, clock, faults, limitMs });
    this.#noise = Random.seeded(options.seed).child('voice noise');
  }

  async embed(sound: Sound, signal: AbortSignal): Promise<HeardVoice> {
    this.#calls.check(signal);
    const fromMs = sound.startMs;
    const untilMs = fromMs + (sound.samples.length / sound.sampleRateHz) * 1_000;
    const truth = this.#options.truth(fromMs, untilMs);
    const deaf = this.#options.faults.find('voice-models-deaf') !== undefined;
    const voicedMs = deaf ? 0 : truth.speechMs;
    const embedding =
      voicedMs < leastVoicedMs ? null : this.#embedding(truth, this.#noise.child(fromMs).child(untilMs));
    const windows = embedding === null ? 0 : Math.ceil((voicedMs - leastVoicedMs) / windowHopMs) + 1;
    await this.#calls.compute(callMs + windows * windowMs, signal);
    return { voicedMs, levelDbfs: truth.levelDbfs, clippedShare: truth.clippedShare, embedding };
  }

  async close(): Promise<void> {
    this.#calls.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #embedding(truth: SoundTruth, random: Random): Float32Array {
    const { faults } = this.#options;
    if (faults.find('voice-models-nan') !== undefined)
      return new Float32Array(embeddingLength).fill(Number.NaN);
    const mistaken = faults.find('voice-models-mistaken')?.forSubject;
    const embedding =
      mistaken === undefined ? this.#mixture(truth.voices) : Float32Array.from(this.#voice(mistaken));
    const usual = noiseSquare.constant + noiseSquare.perSecond / (truth.speechMs / 1_000);
    const square =
      usual * Math.exp(random.normal(0, noiseSpread)) +
      roomNoiseSquareAt10Db * 10 ** (1 - truth.signalToNoiseDb / 10);
    const noise = random.unitVector(embeddingLength);
    for (let i = 0; i < embeddingLength; i++) {
      embedding[i] = Math.max(0, embedding[i]! + Math.sqrt(square) * noise[i]!);
    }
    return normalise(embedding);
  }

  /**
   * One after the other, voices add up by their time, as the network's windows do. Voices at the same time sound
   * like nobody's.
   */
  #mixture(voices: readonly VoiceTruth[]): Float32Array {
    const mixture = new Float32Array(embeddingLength);
    const add = (voice: Float32Array, weight: number) => {
      for (let i = 0; i < embeddingLength; i++) mixture[i] = mixture[i]! + weight * voice[i]!;
    };
    for (const { subject, aloneMs } of voices) add(this.#voice(subject), aloneMs);
    const together = voices.filter(({ togetherMs }) => togetherMs > 0);
    if (together.length > 0) {
      const names = together.map(({ subject }) => subject).sort();
      add(this.#voice(names.join(' and ')), Math.max(...together.map(({ togetherMs }) => togetherMs)));
    }
    return normalise(mixture);
  }

  #voice(subject: string): Float32Array {
    let voice = this.#voices.get(subject);
    if (voice === undefined) {
      voice = oracleVoiceEmbedding(this.#options.seed, subject);
      this.#voices.set(subject, voice);
    }
    return voice;
  }
}
