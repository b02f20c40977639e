import { describe, expect, test } from 'bun:test';
import { checkModel } from '../../src/models/check.ts';
import type { VoiceEmbedderEntry } from '../../src/models/entry.ts';
import { modelEntrySchema } from '../../src/models/entry.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { type Located, readManifest } from '../../src/models/manifest.ts';
import { loadVoiceEmbedder } from '../../src/models/voice-embedder.ts';
import { golden, goldenSignal } from '../hearing/golden.ts';
import { tinyOnnx } from '../support/tiny-onnx.ts';
import { temporaryFolder, written } from './tiny-models.ts';

const shipped = (await readManifest({ shippedDir: shippedModelsDir, addedDir: 'none' })).voiceEmbedder();

/** Gives back the first two samples of each window. */
function tinyVoice(dir: string, changes: { lengthInGraph?: number } = {}): Located<VoiceEmbedderEntry> {
  const int64 = (name: string, value: number) => ({ name, dims: [1], data: BigInt64Array.of(BigInt(value)) });
  const graph = {
    inputs: [{ name: 'samples', type: 'float32', dims: ['n', changes.lengthInGraph ?? 'length'] }] as const,
    outputs: [{ name: 'embedding', type: 'float32', dims: ['n', 2] }] as const,
    constants: [int64('start', 0), int64('end', 2), int64('axis', 1)],
    nodes: [{ op: 'Slice', inputs: ['samples', 'start', 'end', 'axis'], outputs: ['embedding'] }],
  };
  return written<VoiceEmbedderEntry>(dir, tinyOnnx(graph), {
    id: 'tiny-voice',
    role: 'voice-embedder',
    input: shipped.input,
    output: { kind: 'embedding', embeddings: 'embedding', length: 2, normalise: true },
    match: shipped.match,
  });
}

describe('the shipped voice embedder', () => {
  test('gives the embedding of the double-precision reference', async () => {
    const embedder = await loadVoiceEmbedder(shipped);
    const [embedding] = await embedder.embed(goldenSignal());
    await embedder.close();
    expect(embedding).toHaveLength(256);
    for (const [i, value] of golden.synthetic.embedding.entries()) {
      expect(Math.abs(embedding![i]! - value)).toBeLessThan(1e-3);
    }
  });

  test('gives a window the same embedding in a batch as alone', async () => {
    const embedder = await loadVoiceEmbedder(shipped);
    const signal = goldenSignal();
    const batch = new Float32Array(9 * signal.length);
    for (let i = 0; i < 9; i++)
      batch.set(
        signal.map((x) => x / (i + 1)),
        i * signal.length,
      );
    const together = await embedder.embed(batch);
    expect(together).toHaveLength(9);
    for (const [i, embedding] of together.entries()) {
      const [alone] = await embedder.embed(batch.slice(i * signal.length, (i + 1) * signal.length));
      for (const [j, value] of alone!.entries()) expect(Math.abs(embedding[j]! - value)).toBeLessThan(1e-5);
    }
    await embedder.close();
  });

  test('passes the trial that an added one has to pass', async () => {
    expect(await checkModel(shipped)).toBe('it runs; 256 numbers an embedding');
  });
});

describe('another voice embedder', () => {
  test('is brought to unit length where its entry asks for it', async () => {
    using folder = temporaryFolder();
    const embedder = await loadVoiceEmbedder(tinyVoice(folder.path));
    const windows = new Float32Array(2 * shipped.input.windowSamples);
    windows.set([3, 4]);
    const embeddings = await embedder.embed(windows);
    await embedder.close();
    expect([...embeddings[0]!]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    expect([...embeddings[1]!]).toEqual([0, 0]);
  });

  test('that takes another window is refused with both shapes', async () => {
    using folder = temporaryFolder();
    const loading = loadVoiceEmbedder(tinyVoice(folder.path, { lengthInGraph: 16_000 }));
    expect(await loading.catch(String)).toContain(
      'the network takes float32 [n,16000], the manifest says float32 [n,25840]',
    );
  });

  test('needs thresholds whose lengths rise', () => {
    const { path: _, added: __, ...entry } = shipped;
    const [first, ...others] = entry.match.thresholds;
    const parsed = modelEntrySchema.safeParse({
      ...entry,
      match: { ...entry.match, thresholds: [...others, first] },
    });
    expect(parsed.error?.issues.map(({ path }) => path.join('.'))).toEqual(['match.thresholds.2.voicedMs']);
  });
});
