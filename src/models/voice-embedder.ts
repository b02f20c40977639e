import { readEmbeddings } from './embedding-output.ts';
import type { VoiceEmbedderEntry } from './entry.ts';
import type { Located } from './manifest.ts';
import { OnnxSession } from './session.ts';

export interface VoiceEmbedder {
  readonly model: Located<VoiceEmbedderEntry>;
  /**
   * One embedding a window, as the network gives it (of length 1 only where the manifest says `normalise`).
   * `windows` holds windows of `input.windowSamples` at 16 kHz, one after the other. One call at a time; it blocks
   * its thread. Throws ModelError `failed` or `wrong-shape`.
   */
  embed(windows: Float32Array): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Windows in one run of the network: a batch takes half the time for each, and this bounds its memory. */
const windowsPerRun = 8;

/** Loads a voice embedder after checking its file. Throws ModelError; see `OnnxSession.open`. */
export async function loadVoiceEmbedder(model: Located<VoiceEmbedderEntry>): Promise<VoiceEmbedder> {
  const { embeddings: name, length } = model.output;
  const { name: inputName, windowSamples } = model.input;
  const session = await OnnxSession.open(
    model,
    { name: inputName, dtype: 'float32', shape: [undefined, windowSamples], batched: true },
    [{ name, lastDims: [length] }],
  );
  const perRun = session.takesOne ? 1 : windowsPerRun;
  return {
    model,
    async embed(windows) {
      const embeddings: Float32Array[] = [];
      for (let start = 0; start < windows.length; start += perRun * windowSamples) {
        const data = windows.subarray(start, start + perRun * windowSamples);
        const count = data.length / windowSamples;
        const [output] = await session.run({ data, shape: [count, windowSamples] });
        embeddings.push(...readEmbeddings(model, output, count));
      }
      return embeddings;
    },
    close: () => session.close(),
  };
}
