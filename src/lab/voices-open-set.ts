import type { Sound } from '../../hal/contract/sound.ts';
import { cutWindows } from '../hearing/front-end.ts';
import { centroidsPerPerson, nearestVoices, type VoiceGallery } from '../hearing/match.ts';
import { networkRateHz } from '../hearing/resample.ts';
import { VoicePipeline } from '../hearing/voice-pipeline.ts';
import type { VoiceEmbedderEntry, VoiceMatch } from '../models/entry.ts';
import type { Located } from '../models/manifest.ts';
import { unitSum } from '../models/unit.ts';
import { loadVoiceEmbedder, type VoiceEmbedder } from '../models/voice-embedder.ts';
import { noScore, type ScoredPiece } from './voices-figures.ts';
import type { Recording } from './voices-recordings.ts';
import { cutPieces, type Person } from './voices-split.ts';

/** A piece of somebody's speech; null when there is too little speech in it to compare. */
export interface EmbeddedPiece {
  readonly spokenBy: string;
  readonly embedding: Float32Array | null;
}

/** The embedding network as the device uses it. Blocks its thread. To be closed. */
export class OpenSetVoices implements AsyncDisposable {
  readonly pipelineId: string;
  readonly match: VoiceMatch;
  readonly #pipeline: VoicePipeline;
  readonly #embedder: VoiceEmbedder;
  readonly #described = new Map<Recording, readonly Float32Array[]>();

  private constructor(pipeline: VoicePipeline, embedder: VoiceEmbedder) {
    this.pipelineId = pipeline.pipelineId;
    this.match = pipeline.match;
    this.#pipeline = pipeline;
    this.#embedder = embedder;
  }

  /** Rejects with ModelError. */
  static async load(model: Located<VoiceEmbedderEntry>): Promise<OpenSetVoices> {
    return new OpenSetVoices(await VoicePipeline.load(model), await loadVoiceEmbedder(model));
  }

  /** What somebody is enrolled by who is enrolled from this recording: it, and its copies. */
  async describe(recording: Recording): Promise<void> {
    if (this.#described.has(recording)) return;
    const { embeddings } = await this.#pipeline.describe(recording.sound);
    this.#described.set(recording, embeddings);
  }

  /** Enrols people, each from some recordings that were described. */
  enrol(people: readonly Person<Recording>[]): VoiceGallery {
    const { embeddingLength } = this.#pipeline;
    const centroids = new Float32Array(people.length * centroidsPerPerson * embeddingLength);
    for (const [place, { recordings }] of people.entries()) {
      const described = recordings.map((recording) => this.#described.get(recording)!);
      for (let row = 0; row < centroidsPerPerson; row++) {
        const centroid = unitSum(described.map((embeddings) => embeddings[row]!));
        centroids.set(centroid, (place * centroidsPerPerson + row) * embeddingLength);
      }
    }
    return { subjectIds: people.map(({ person }) => person), embeddingLength, centroids };
  }

  /** A score for each person of the gallery, in its order. */
  score(gallery: VoiceGallery, { spokenBy, embedding }: EmbeddedPiece): ScoredPiece {
    const { subjectIds } = gallery;
    if (embedding === null) return { spokenBy, scores: subjectIds.map(() => noScore) };
    const nearest = nearestVoices(gallery, embedding, this.match.penalties, subjectIds.length);
    const scores = new Map(nearest.map(({ subjectId, score }) => [subjectId, score]));
    return { spokenBy, scores: subjectIds.map((subjectId) => scores.get(subjectId)!) };
  }

  /** The pieces of so many seconds of speech in a recording, cut from the speech alone. */
  async piecesOf({ person, voiced }: Recording, seconds: number): Promise<EmbeddedPiece[]> {
    const pieces: EmbeddedPiece[] = [];
    for (const piece of cutPieces(voiced, Math.round(seconds * networkRateHz))) {
      pieces.push({ spokenBy: person, embedding: unitSum(await this.#embedder.embed(cutWindows(piece))) });
    }
    return pieces;
  }

  /** A stretch of sound as it was recorded, heard as the device hears it. */
  async hear(spokenBy: string, sound: Sound): Promise<EmbeddedPiece> {
    return { spokenBy, embedding: (await this.#pipeline.embed(sound)).embedding };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline.close();
    await this.#embedder.close();
  }
}
