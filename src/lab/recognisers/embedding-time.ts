import type { Pipeline } from '../../models/manifest.ts';
import { readPicture } from '../../runtime/picture-input.ts';
import { FacePipeline } from '../../vision/pipeline.ts';

const most = 10;

/**
 * Milliseconds that the embedding of one face takes in one thread, the median over a few pictures; without finding the
 * face. Blocks its thread meanwhile. Rejects with ModelError.
 */
export async function timeEmbedding(
  pipeline: Pipeline,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const networks = await FacePipeline.load(pipeline, { smallBoard: false });
  try {
    const times: number[] = [];
    for (const path of paths.slice(0, most)) {
      const { pixels, widthPx, heightPx } = await readPicture(path, signal);
      const faces = await networks.detect(pixels, widthPx, heightPx);
      const startMs = performance.now();
      await networks.embed(faces.slice(0, 1));
      times.push(performance.now() - startMs);
    }
    return medianOf(times);
  } finally {
    await networks.close();
  }
}

/** NaN of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
