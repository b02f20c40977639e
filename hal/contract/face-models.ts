import type { FrameRef } from './camera.ts';
import type { Device } from './device.ts';

/** Axis-parallel, in picture pixels, origin at the top left; may reach over the picture's edge. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [xPx: number, yPx: number];

/** Measured on the face and on its aligned chip; see src/vision/quality.ts for the definitions. */
export interface FaceQuality {
  /** Distance of the eye centres in picture pixels. */
  readonly eyeDistancePx: number;
  /** Variance of the Laplacian over the middle of the aligned chip. */
  readonly sharpness: number;
  /** Mean grey level there, 0 to 255. */
  readonly brightness: number;
  /** Standard deviation of the grey level there. */
  readonly contrast: number;
  /** The nose tip's offset from the eye centre along the eye line, divided by the eye distance. */
  readonly yawRatio: number;
  readonly rollDeg: number;
  /** How much the lower half looks like something over it, a mask or a hand: 0 to 1. */
  readonly covered: number;
}

export interface DetectedFace {
  readonly box: Box;
  /** The detector's score, 0 to 1; not a probability. */
  readonly score: number;
  /** 68 points in the usual order, or the detector's own few where no landmark model is used. */
  readonly landmarks: readonly Point[];
  readonly quality: FaceQuality;
}

/** Distances belong to the embedder: another one has others. */
export interface FaceMatchLimits {
  /** The farthest at which a person is known. */
  readonly threshold: number;
  /** How much further the second person must be. */
  readonly margin: number;
}

/**
 * The face networks behind one door: a Worker with real models, or an oracle in simulation. A call that exceeds
 * its limit rejects with HalError `timeout` and the next call starts with fresh models.
 */
export interface FaceModels extends Device {
  /** Names model files, alignment and pre-processing: embeddings of different ids are never compared. */
  readonly pipelineId: string;
  /** Squared L2 distances at which these models' embeddings are one person's; see `FaceMatchLimits`. */
  readonly match: FaceMatchLimits;
  /** Numbers in an embedding: 128 by default. */
  readonly embeddingLength: number;
  /** Every face in the frame, most prominent first. */
  detect(frame: FrameRef, signal: AbortSignal): Promise<DetectedFace[]>;
  /** One unit-length embedding for each given index into what `detect` last returned for this same frame. */
  embed(frame: FrameRef, faces: readonly number[], signal: AbortSignal): Promise<Float32Array[]>;
}
