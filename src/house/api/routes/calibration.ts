import { z } from 'zod';
import type { VigilConfig } from '../../../config/schema.ts';
import { voiceLimits } from '../../../hearing/threshold.ts';
import { addedModelsDir, shippedModelsDir } from '../../../models/folders.ts';
import { readManifest } from '../../../models/manifest.ts';
import { matchLimits } from '../../../runtime/match-limits.ts';
import { Problem } from '../problem.ts';
import { type Route, route } from '../route.ts';

const limits = z.strictObject({
  /** Which model tells people apart. */
  model: z.string(),
  /** The cosine from which a person is known. */
  threshold: z.number(),
  /** How much lower the second person's must be. */
  margin: z.number(),
});

const calibrationSchema = z.strictObject({
  faces: limits,
  /** `threshold` is that of the longest speech; shorter speech needs less. */
  voices: limits,
});

/** What a face or a voice must come to, as it is in force. */
export function calibrationRoutes(config: VigilConfig, stateDirectory: string): Route[] {
  return [
    route(
      {
        ...{ method: 'get', path: '/api/v1/calibration', scope: 'status', status: 200 },
        summary: 'From where a face or a voice is a person’s',
        answer: calibrationSchema,
      },
      async () => {
        const folders = { shippedDir: shippedModelsDir, addedDir: addedModelsDir(stateDirectory) };
        const manifest = await readManifest(folders).catch(() => {
          throw new Problem(503, 'the list of models cannot be read: see vigil models list');
        });
        const { vision, hearing } = config;
        const { embedder } = manifest.pipeline(
          vision.embedder === 'default' ? {} : { embedder: vision.embedder },
        );
        const faces = matchLimits(config, embedder);
        const voice =
          hearing.embedder === 'default'
            ? manifest.voiceEmbedder()
            : manifest.voiceEmbedder(hearing.embedder);
        const voices = voiceLimits(voice.match, hearing);
        return {
          // A squared distance of unit vectors is twice what the cosine lacks to 1.
          faces: { model: embedder.id, threshold: 1 - faces.threshold / 2, margin: faces.margin / 2 },
          voices: {
            model: voice.id,
            threshold: voices.thresholds.at(-1)?.score ?? 1,
            margin: voices.margin,
          },
        };
      },
    ),
  ];
}
