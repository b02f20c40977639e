import type { EmbedderEntry, VoiceEmbedderEntry } from './entry.ts';
import { ModelError } from './errors.ts';
import type { Located } from './manifest.ts';
import type { NetworkOutput } from './session.ts';

/**
 * The embeddings of `count` chips or windows, one row of the output each, of length 1 where the manifest asks for
 * it. Throws ModelError `wrong-shape` or `failed`.
 */
export function readEmbeddings(
  model: Located<EmbedderEntry | VoiceEmbedderEntry>,
  output: NetworkOutput | undefined,
  count: number,
): Float32Array[] {
  const { length, normalise } = model.output;
  if (output?.data.length !== count * length) {
    throw new ModelError(
      'wrong-shape',
      model.id,
      `it gave [${output?.shape}] for a batch of ${count}, not ${length} each`,
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

function toUnitLength(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  // The zero vector has no direction; it stays as it is and is near nobody.
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
}
