import { resolve } from 'node:path';
import { HalError } from '../../hal/contract/errors.ts';
import type { Sound } from '../../hal/contract/sound.ts';
import type { TrainedVoices } from '../../hal/contract/voice-models.ts';

/** Where `vigil voices train` leaves the network unless it is told otherwise. */
export const projectTrained = resolve(import.meta.dir, '../../models/audio');

/** A network, and the length of the pieces that it was trained on. */
type PieceVoices = TrainedVoices & { readonly pieceMs: number };

/**
 * The trained network for whole recordings: the mean of its shares over pieces of the length that it was trained on.
 * What is left at the end is left out, silent pieces too; a shorter recording is one piece.
 */
export class RecordingTrainedVoices implements TrainedVoices {
  readonly name: string;
  readonly labels: readonly string[];
  readonly #voices: PieceVoices;

  constructor(voices: PieceVoices) {
    this.name = voices.name;
    this.labels = voices.labels;
    this.#voices = voices;
  }

  async classify(sound: Sound, signal: AbortSignal): Promise<readonly number[]> {
    const sums = new Float64Array(this.labels.length);
    let counted = 0;
    let refusal: HalError | undefined;
    for (const piece of wholePieces(sound, this.#voices.pieceMs)) {
      try {
        const shares = await this.#voices.classify(piece, signal);
        for (const [label, share] of shares.entries()) sums[label]! += share;
        counted++;
      } catch (error) {
        if (!(error instanceof HalError) || error.kind !== 'invalid-argument') throw error;
        refusal ??= error;
      }
    }
    if (counted === 0) throw refusal ?? new HalError('invalid-argument', this.name, 'there is no sound');
    return [...sums].map((sum) => sum / counted);
  }

  close(): Promise<void> {
    return this.#voices.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function wholePieces(sound: Sound, pieceMs: number): Sound[] {
  const { samples, sampleRateHz } = sound;
  const length = Math.round((pieceMs / 1000) * sampleRateHz);
  const count = Math.floor(samples.length / length);
  if (count === 0) return [sound];
  return Array.from({ length: count }, (_, index) => ({
    sampleRateHz,
    samples: samples.slice(index * length, (index + 1) * length),
    startMs: sound.startMs + index * pieceMs,
  }));
}
