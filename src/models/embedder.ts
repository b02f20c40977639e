import { readEmbeddings } from './embedding-output.ts';
import type { EmbedderEntry } from './entry.ts';
import type { Located } from './manifest.ts';
import { expectedPictures, PictureInput } from './picture-input.ts';
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
  const { embeddings: name, length } = model.output;
  const { sizePx } = model.alignment;
  const session = await OnnxSession.open(model, expectedPictures(model.input), [
    { name, lastDims: [length] },
  ]);
  const input = new PictureInput(model.input);

  async function embedBatch(chips: Uint8Array, count: number): Promise<Float32Array[]> {
    const [output] = await session.run(input.pack(chips, sizePx, sizePx, count));
    return readEmbeddings(model, output, count);
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
