import type { FrameRef } from '../../hal/contract/camera.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { DetectedFace } from '../../hal/contract/face-models.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { readManifest } from '../models/manifest.ts';
import { serveModels } from '../models/serve-models.ts';
import { type AlignedFace, FacePipeline } from './pipeline.ts';
import {
  type Answer,
  type ModelChoice,
  type Request,
  requestSchema,
  startSchema,
} from './worker-messages.ts';

/** The thread that runs the face networks; worker-face-models.ts is its other side. */

interface Loaded {
  readonly pipeline: FacePipeline;
  readonly ring: FrameRing;
}

/** The frame that was looked at last, and the faces in it, whose chips are cut when they are embedded. */
let last: { readonly frame: FrameRef; readonly faces: readonly AlignedFace[] } | undefined;

serveModels({
  start: startSchema,
  request: requestSchema,
  load: async ({ models, ring }) => ({ pipeline: await load(models), ring: new FrameRing(ring) }),
  ready: ({ pipeline: { pipelineId, embeddingLength, match, declaredMs } }) => ({
    pipelineId,
    embeddingLength,
    match,
    declaredMs,
  }),
  run,
});

async function load({ shippedDir, addedDir, smallBoard, ...choice }: ModelChoice): Promise<FacePipeline> {
  const manifest = await readManifest({ shippedDir, addedDir });
  return await FacePipeline.load(manifest.pipeline(choice), { smallBoard });
}

async function run(request: Request, { pipeline, ring }: Loaded): Promise<Answer> {
  const { call } = request;
  switch (request.kind) {
    case 'detect': {
      const { frame } = request;
      // Pictures of a folder have nothing to do with each other; frames of a camera follow on.
      const followAtMs = frame.source === undefined ? frame.receivedAtMs : undefined;
      const faces = await pipeline.detect(ring.pixels(frame), frame.widthPx, frame.heightPx, followAtMs);
      last = { frame, faces };
      return { kind: 'detected', call, faces: faces.map(forMessage) };
    }
    case 'embed': {
      if (last?.frame.seq !== request.frameSeq) {
        const message = `frame ${request.frameSeq} is not the one that was looked at last`;
        throw new HalError('invalid-argument', 'face models', message);
      }
      const { frame, faces } = last;
      ring.pixels(frame); // its chips are cut now: throws when it is gone
      const wanted = request.faces.map((index) => {
        const face = faces[index];
        if (face !== undefined) return face;
        const message = `no face ${index} in frame ${request.frameSeq}, which has ${faces.length}`;
        throw new HalError('invalid-argument', 'face models', message);
      });
      return { kind: 'embedded', call, embeddings: await pipeline.embed(wanted) };
    }
    case 'describe': {
      const { rgb, widthPx, heightPx } = request;
      const faces = await pipeline.detect(new Uint8Array(rgb), widthPx, heightPx);
      const embeddings = await pipeline.embed(faces);
      return { kind: 'described', call, faces: faces.map(forMessage), embeddings };
    }
  }
}

function forMessage({ cutChip: _, ...face }: AlignedFace): DetectedFace {
  return face;
}
