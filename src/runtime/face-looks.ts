import type { Clock } from '../../hal/contract/clock.ts';
import type { DetectedFace } from '../../hal/contract/face-models.ts';
import type { VigilConfig } from '../config/schema.ts';
import type { FaceDecision, FaceMatch } from '../decide/evidence.ts';
import { type GateLimits, gate } from '../vision/gate.ts';
import { type FaceGallery, judgeMatch, nearestSubjects } from '../vision/match.ts';
import { See } from '../vision/see.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import type { InputPicture } from './face-input.ts';
import { faceGate, matchLimits } from './match-limits.ts';

/** One face of a picture, and what was made of it. */
export interface LookedFace {
  readonly face: DetectedFace;
  /** `usable`: it passed the gate of recognition, and was compared with nobody. */
  readonly decision: FaceDecision | 'usable';
  /** Why, with the numbers; null where there is nothing to say. Names people by their subject id. */
  readonly reason: string | null;
  /** The face's track in a video or a camera's picture; null where it is not followed. */
  readonly track: number | null;
  /** Null where nothing was compared. */
  readonly match: Omit<FaceMatch, 'decision' | 'reason'> | null;
  /** Unit length; null where it was not asked for. */
  readonly embedding: Float32Array | null;
}

/** Looks at a picture: its faces, the largest first. Rejects with HalError when the models fail. */
export type Look = (picture: InputPicture, signal: AbortSignal) => Promise<LookedFace[]>;

/** Every face; the decision is the gate's. */
export function detectFaces(models: WorkerFaceModels, config: VigilConfig): Look {
  const limits = faceGate(config);
  return async (picture, signal) => {
    const faces =
      picture.ref === undefined
        ? (await models.describe(asRgb(picture), signal)).map(({ face }) => face)
        : await models.detect(picture.ref, signal);
    return faces.map((face) => gated(face, null, limits));
  };
}

/** Every face with its embedding, whatever the gate says of it. */
export function embedFaces(models: WorkerFaceModels, config: VigilConfig): Look {
  const limits = faceGate(config);
  return async (picture, signal) => {
    const { ref } = picture;
    if (ref === undefined) {
      const described = await models.describe(asRgb(picture), signal);
      return described.map(({ face, embedding }) => gated(face, embedding, limits));
    }
    const faces = await models.detect(ref, signal);
    const embeddings = await models.embed(ref, [...faces.keys()], signal);
    return faces.map((face, index) => gated(face, embeddings[index] ?? null, limits));
  };
}

/**
 * Every face with the person it is, by the configured threshold and margin. A picture is decided on its own; in a
 * video or a camera's picture faces are followed and as many frames averaged as the configuration asks for.
 */
export function recogniseFaces(
  models: WorkerFaceModels,
  gallery: FaceGallery,
  clock: Clock,
  config: VigilConfig,
): Look {
  const limits = matchLimits(config, models);
  const { votes, trackLostMs } = config.vision;
  const limitsOfFaces = faceGate(config);
  const see = new See(models, clock, gallery, {
    ...limits,
    gate: limitsOfFaces,
    framesToDecide: votes,
    lostAfterMs: trackLostMs,
  });
  return async (picture, signal) => {
    if (picture.ref !== undefined) {
      const { seen } = await see.look(picture.ref, signal);
      return seen.map(({ face, evidence }) => {
        const { trackId, decision, reason, ...match } = evidence;
        return { face, decision, reason, track: trackId, match, embedding: null };
      });
    }
    const described = await models.describe(asRgb(picture), signal);
    return described.map(({ face, embedding }) => {
      if (gate(face, limitsOfFaces) !== undefined) return gated(face, null, limitsOfFaces);
      const { decision, reason, ...match } = judgeMatch(nearestSubjects(gallery, embedding, 2), limits);
      return { face, decision, reason, track: null, match, embedding: null };
    });
  };
}

function gated(face: DetectedFace, embedding: Float32Array | null, limits: GateLimits): LookedFace {
  const refused = gate(face, limits);
  return {
    face,
    decision: refused?.decision ?? 'usable',
    reason: refused?.reason ?? null,
    track: null,
    match: null,
    embedding,
  };
}

function asRgb({ pixels, widthPx, heightPx }: InputPicture) {
  return { rgb: pixels, widthPx, heightPx };
}
