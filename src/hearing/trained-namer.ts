import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { TrainedVoices } from '../../hal/contract/voice-models.ts';
import type { VoiceAnswer } from '../decide/evidence.ts';
import type { NamedVoice, VoiceNamer } from './namer.ts';

/** Shares noted with each answer. */
const neighboursKept = 3;

export interface TrainedNamerOptions {
  readonly voices: TrainedVoices;
  /** Names the network's file. */
  readonly pipelineId: string;
  /** Subject ids by label. A label of nobody who is known names nobody. */
  readonly subjects: ReadonlyMap<string, string>;
  /** The least share at which a speaker is named. */
  readonly share: number;
}

/**
 * Names voices by the trained network's largest share, as the Python program did. The shares say which of its labels
 * it would be, never whether it is one of them: strangers get a name in about half of all pieces.
 */
export class TrainedNamer implements VoiceNamer {
  readonly pipelineId: string;
  readonly scores = 'shares';
  readonly #options: TrainedNamerOptions;

  constructor(options: TrainedNamerOptions) {
    this.pipelineId = options.pipelineId;
    this.#options = options;
  }

  /** Nothing to forget: each answer stands alone. */
  startAnew(): void {}

  async name(sound: Sound, signal: AbortSignal): Promise<NamedVoice> {
    const { voices, subjects, share } = this.#options;
    const levelDbfs = levelOf(sound.samples);
    const lengthMs = (sound.samples.length / sound.sampleRateHz) * 1000;
    let shares: readonly number[];
    try {
      shares = await voices.classify(sound, signal);
    } catch (error) {
      if (!(error instanceof HalError) || error.kind !== 'invalid-argument') throw error;
      return { ...unnamed('no-speech', error.message), voicedMs: 0, levelDbfs, nearest: [], limits: null };
    }
    if (shares.length !== voices.labels.length || !shares.every(Number.isFinite)) {
      throw new HalError('io', voices.name, 'they gave shares that are not finite');
    }
    const ranked = voices.labels
      .map((label, index) => ({ subjectId: subjects.get(label) ?? null, score: shares[index]! }))
      .sort((a, b) => b.score - a.score);
    const [best, second] = ranked;
    const facts = {
      score: best?.score ?? null,
      secondSubjectId: second?.subjectId ?? null,
      secondScore: second?.score ?? null,
      voicedMs: lengthMs,
      levelDbfs,
      nearest: ranked
        .flatMap(({ subjectId, score }) => (subjectId === null ? [] : [{ subjectId, score }]))
        .slice(0, neighboursKept),
      limits: { threshold: share, margin: 0, ownThreshold: share, longestThreshold: share },
    };
    if (best === undefined) return { ...unnamed('unknown', 'the network knows nobody'), ...facts };
    const at = `the largest share is ${best.score.toFixed(3)}`;
    if (best.score < share) return { ...unnamed('unknown', `${at}, under ${share}`), ...facts };
    if (best.subjectId === null) {
      return { ...unnamed('unknown', `${at}, of a label that is nobody's who is known`), ...facts };
    }
    const { subjectId } = best;
    return { ...unnamed('known', `${at}, ${subjectId}'s, not under ${share}`), ...facts, subjectId };
  }
}

function unnamed(
  decision: VoiceAnswer['decision'],
  reason: string,
): Omit<VoiceAnswer, 'voicedMs' | 'levelDbfs'> {
  return { decision, subjectId: null, score: null, secondSubjectId: null, secondScore: null, reason };
}

function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum > 0 ? 10 * Math.log10(sum / samples.length) : Number.NEGATIVE_INFINITY;
}
