import { readManifest } from '../models/manifest.ts';
import { serveModels } from '../models/serve-models.ts';
import { VoicePipeline } from './voice-pipeline.ts';
import { type Answer, type Request, requestSchema, startSchema } from './worker-messages.ts';

/** The thread that runs the voice network; worker-voice-models.ts is its other side. */

serveModels({
  start: startSchema,
  request: requestSchema,
  load: async ({ models: { shippedDir, addedDir, embedder } }) => {
    const manifest = await readManifest({ shippedDir, addedDir });
    return await VoicePipeline.load(manifest.voiceEmbedder(embedder));
  },
  ready: ({ pipelineId, embeddingLength, match, declaredMs }) => ({
    pipelineId,
    embeddingLength,
    match,
    declaredMs,
  }),
  run,
});

async function run(request: Request, pipeline: VoicePipeline): Promise<Answer> {
  const { call, sound } = request;
  switch (request.kind) {
    case 'embed':
      return { kind: 'embedded', call, heard: await pipeline.embed(sound, request.newestMs) };
    case 'describe': {
      const { windows, embeddings, ...facts } = await pipeline.describe(sound);
      return {
        kind: 'described',
        call,
        recording: { ...facts, windows: [...windows], embeddings: [...embeddings] },
      };
    }
  }
}
