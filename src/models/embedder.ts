import type { EmbedderEntry } from './entry.ts';
import { ModelError } from './errors.ts';
import type { Located } from './manifest.ts';
import { PictureInput } from './picture-input.ts';
import { OnnxSession } from './session.ts';

export interface Embedder {
  readonly model: Located<EmbedderEntry>;
  /**
   * One embedding a chip, as the network gives it (of length 1 only where the manifest says `normalise`).
   * `chips` holds `count` pictures of `alignment.sizePx` squared, RGB, one after the other. One call at a time; it
   * blocks its thread. Throws ModelError `failed` or `wrong-shape`.
   */
  embed(chips: Uint8Array, count: number): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Loads an embedder after checking its file. Throws ModelError; see `OnnxSession.open`. */
export async function loadEmbedder(model: Located<EmbedderEntry>): Promise<Embedder> {
  const { embeddings: name, length, normalise } = model.output;
  const { sizePx } = model.alignment;
  const session = await OnnxSession.open(model, [{ name, lastDims: [length] }]);
  const input = new PictureInput(model.input);

  async function embedBatch(chips: Uint8Array, count: number): Promise<Float32Array[]> {
    const [output] = await session.run(input.pack(chips, sizePx, sizePx, count));
    if (output?.data.length !== count * length) {
      throw new ModelError(
        'wrong-shape',
        model.id,
        `it gave [${output?.shape}] for ${count} chips, not ${length} each`,
      );
    }
    return Array.from({ length: count }, (_, i) => {
      // A copy: the output's memory belongs to onnxruntime, and an embedding may be kept for years.
      const embedding = output.data.slice(i * length, (i + 1) * length);
      if (!embedding.every(Number.isFinite)) {
        throw new ModelError('failed', model.id, 'it gave an embedding that is not finite');
      }
      if (normalise) toUnitLength(embedding);
      return embedding;
    });
  }

  return {
    model,
    async embed(chips, count) {
      if (!session.takesOne) return await embedBatch(chips, count);
      const embeddings: Float32Array[] = [];
      const bytes = sizePx * sizePx * 3;
      for (let i = 0; i < count; i++) {
        embeddings.push(...(await embedBatch(chips.subarray(i * bytes, (i + 1) * bytes), 1)));
      }
      return embeddings;
    },
    close: () => session.close(),
  };
}

function toUnitLength(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  // The zero vector has no direction; it stays as it is and is near nobody.
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
}
