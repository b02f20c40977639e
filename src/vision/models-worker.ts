import type { FrameRef } from '../../hal/contract/camera.ts';
import { HalError } from '../../hal/contract/errors.ts';
import type { DetectedFace } from '../../hal/contract/face-models.ts';
import { FrameRing } from '../../hal/contract/frame-ring.ts';
import { readManifest } from '../models/manifest.ts';
import { returnFreedMemory } from './freed-memory.ts';
import { type AlignedFace, FacePipeline } from './pipeline.ts';
import { packError } from './worker-errors.ts';
import { type ModelChoice, type Reply, type Request, requestSchema } from './worker-messages.ts';
import { WorkerTurn } from './worker-turn.ts';

/**
 * The thread that runs the face networks; worker-face-models.ts is its other side. A network blocks its thread, so
 * nothing else lives here. Messages are answered one after the other, in the order in which they came.
 */

declare const self: Worker;

interface Loaded {
  readonly pipeline: FacePipeline;
  readonly ring: FrameRing;
}

let loaded: Loaded | undefined;
/** The frame that was looked at last, and the faces in it, whose chips are cut when they are embedded. */
let last: { readonly frame: FrameRef; readonly faces: readonly AlignedFace[] } | undefined;
let turn = new WorkerTurn();
let queue = Promise.resolve();

self.onmessage = (event: MessageEvent<unknown>) => {
  const request = requestSchema.parse(event.data);
  queue = queue.then(() => answer(request));
};

async function answer(request: Request): Promise<void> {
  if (request.kind === 'start') {
    try {
      turn = new WorkerTurn(request.turn);
      const pipeline = await turn.run(() => load(request.models));
      loaded = { pipeline, ring: new FrameRing(request.ring) };
      const { pipelineId, embeddingLength, match, declaredMs } = loaded.pipeline;
      reply({ kind: 'ready', pipelineId, embeddingLength, match, declaredMs });
    } catch (error) {
      reply({ kind: 'start-failed', error: packError(error) });
    }
    return;
  }
  try {
    const models = loaded;
    if (models === undefined) throw new Error('the models are not loaded');
    reply(await turn.run(() => run(request, models)));
  } catch (error) {
    reply({ kind: 'failed', call: request.call, error: packError(error) });
  }
}

async function load({ shippedDir, addedDir, smallBoard, ...choice }: ModelChoice): Promise<FacePipeline> {
  const manifest = await readManifest({ shippedDir, addedDir });
  const pipeline = await FacePipeline.load(manifest.pipeline(choice), { smallBoard });
  returnFreedMemory();
  return pipeline;
}

async function run(request: Extract<Request, { call: number }>, { pipeline, ring }: Loaded): Promise<Reply> {
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

function reply(message: Reply): void {
  self.postMessage(message);
}
