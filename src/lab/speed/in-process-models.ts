import type { FrameRef } from '../../../hal/contract/camera.ts';
import type { FaceModels } from '../../../hal/contract/face-models.ts';
import { shippedModelsDir } from '../../models/folders.ts';
import { readManifest } from '../../models/manifest.ts';
import { type AlignedFace, FacePipeline } from '../../vision/pipeline.ts';

/** The shipped networks on this thread, so that one thread does all the work and can be measured. */
export async function loadFaceModels(
  pixels: (frame: FrameRef) => Uint8Array,
  smallBoard = false,
): Promise<FaceModels> {
  const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: '' });
  const pipeline = await FacePipeline.load(manifest.pipeline(), { smallBoard });
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
