import type { FrameRef } from '../../hal/contract/camera.ts';
import type { FaceModels } from '../../hal/contract/face-models.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';
import { OnnxSession } from '../../src/models/session.ts';
import { type AlignedFace, FacePipeline } from '../../src/vision/pipeline.ts';

/** The shipped networks on this thread, so that one thread does all the work and can be measured. */
export async function loadFaceModels(pixels: (frame: FrameRef) => Uint8Array): Promise<FaceModels> {
  const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: '' });
  const pipeline = await FacePipeline.load(manifest.pipeline(), { smallBoard: false });
  let last: AlignedFace[] = [];
  return {
    name: 'face models',
    pipelineId: pipeline.pipelineId,
    match: pipeline.match,
    embeddingLength: pipeline.embeddingLength,
    async detect(frame) {
      last = await pipeline.detect(pixels(frame), frame.widthPx, frame.heightPx, frame.receivedAtMs);
      return last;
    },
    embed: async (_frame, faces) => await pipeline.embed(faces.map((index) => last[index]!)),
    close: () => pipeline.close(),
    [Symbol.asyncDispose]: () => pipeline.close(),
  };
}

/** Counts the time inside the networks from now on, so that the rest can be told from it. */
export function countNetworkTime(): { readonly totalMs: number } {
  const count = { totalMs: 0 };
  const run = OnnxSession.prototype.run;
  OnnxSession.prototype.run = async function timed(pictures) {
    const start = performance.now();
    try {
      return await run.call(this, pictures);
    } finally {
      count.totalMs += performance.now() - start;
    }
  };
  return count;
}
