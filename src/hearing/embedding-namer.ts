import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { VoiceModels } from '../../hal/contract/voice-models.ts';
import { judgeVoice, limitsFor, nearestVoices, type VoiceGallery } from './match.ts';
import type { NamedVoice, VoiceNamer } from './namer.ts';
import type { VoiceLimits } from './threshold.ts';

/** People noted with each answer, for replay with another threshold. */
const neighboursKept = 3;

/** Names voices by their likeness to those enrolled; says `unknown` of everybody else. */
export class EmbeddingNamer implements VoiceNamer {
  readonly pipelineId: string;
  readonly scores = 'cosines';
  readonly #models: VoiceModels;
  readonly #limits: VoiceLimits;
  #gallery: VoiceGallery;
  /** Who was named in this utterance, and which one it is. */
  #held: string | null = null;
  #utterance = 0;

  /** `gallery` holds embeddings of the models' pipeline. */
  constructor(models: VoiceModels, limits: VoiceLimits, gallery: VoiceGallery) {
    this.pipelineId = models.pipelineId;
    this.#models = models;
    this.#limits = limits;
    this.#gallery = gallery;
  }

  /** Compares with other people from the next answer on. */
  setGallery(gallery: VoiceGallery): void {
    this.#gallery = gallery;
  }

  startAnew(): void {
    this.#held = null;
    this.#utterance++;
  }

  async name(sound: Sound, signal: AbortSignal): Promise<NamedVoice> {
    const utterance = this.#utterance;
    const heard = await this.#models.embed(sound, signal);
    const { embedding } = heard;
    if (embedding !== null && !embedding.every(Number.isFinite)) {
      throw new HalError('io', this.#models.name, 'they gave an embedding that is not finite');
    }
    const gallery = this.#gallery;
    const nearest =
      embedding === null ? [] : nearestVoices(gallery, embedding, this.#limits.penalties, neighboursKept);
    const current = utterance === this.#utterance;
    const held = current ? this.#held : null;
    const people = gallery.subjectIds.length;
    const answer = judgeVoice({ heard, nearest, people, held }, this.#limits);
    if (current && embedding !== null) this.#held = answer.subjectId;
    const [best] = nearest;
    const { voicedMs } = heard;
    const applied = best === undefined ? null : limitsFor(best, { voicedMs, people, held }, this.#limits);
    return { ...answer, nearest, limits: applied };
  }
}
