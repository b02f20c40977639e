import { z } from 'zod';
import type { FrameRef } from '../../hal/contract/camera.ts';
import type { DetectedFace } from '../../hal/contract/face-models.ts';

/** What the models' Worker is told and what it answers. Both sides validate what they receive. */

const shared = z.instanceof(SharedArrayBuffer);

const frameSchema: z.ZodType<FrameRef> = z.strictObject({
  seq: z.int(),
  slot: z.int().nonnegative(),
  receivedAtMs: z.number(),
  widthPx: z.int().positive(),
  heightPx: z.int().positive(),
  format: z.literal('rgb24'),
  source: z.string().exactOptional(),
});

/** Which networks to load. */
export const modelChoiceSchema = z.strictObject({
  shippedDir: z.string(),
  addedDir: z.string(),
  /** Ids from the manifest; the default pipeline's own where absent. */
  detector: z.string().exactOptional(),
  embedder: z.string().exactOptional(),
  /** The smaller first look, for boards. */
  smallBoard: z.boolean(),
});

export type ModelChoice = z.infer<typeof modelChoiceSchema>;

export const startSchema = z.strictObject({
  kind: z.literal('start'),
  models: modelChoiceSchema,
  /** A WorkerTurn's. */
  turn: shared,
  ring: z.strictObject({
    header: shared,
    pixels: shared,
    slots: z.int().positive(),
    slotBytes: z.int().positive(),
  }),
});

export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('detect'), call: z.int(), frame: frameSchema }),
  z.strictObject({
    kind: z.literal('embed'),
    call: z.int(),
    frameSeq: z.int(),
    faces: z.array(z.int().nonnegative()),
  }),
  /** A picture that is no frame of the camera: everything about every face in it, in one go. */
  z.strictObject({
    kind: z.literal('describe'),
    call: z.int(),
    rgb: shared,
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
  }),
]);

export type Request = z.infer<typeof requestSchema>;

const point = z.tuple([z.number(), z.number()]);

export const faceSchema: z.ZodType<DetectedFace> = z.strictObject({
  box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  score: z.number(),
  landmarks: z.array(point),
  quality: z.strictObject({
    eyeDistancePx: z.number(),
    sharpness: z.number(),
    brightness: z.number(),
    contrast: z.number(),
    yawRatio: z.number(),
    rollDeg: z.number(),
    covered: z.number(),
  }),
});

const embedding: z.ZodType<Float32Array> = z.instanceof(Float32Array);

/** Simulated milliseconds that a look at one face, and an embedding, are charged with. */
const declaredMsSchema = z.strictObject({ detect: z.number(), embed: z.number() });

export const readySchema = z.strictObject({
  kind: z.literal('ready'),
  pipelineId: z.string(),
  embeddingLength: z.int().positive(),
  match: z.strictObject({ threshold: z.number(), margin: z.number() }),
  declaredMs: declaredMsSchema,
});

export type Ready = z.infer<typeof readySchema>;

export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('detected'), call: z.int(), faces: z.array(faceSchema) }),
  z.strictObject({ kind: z.literal('embedded'), call: z.int(), embeddings: z.array(embedding) }),
  z.strictObject({
    kind: z.literal('described'),
    call: z.int(),
    faces: z.array(faceSchema),
    embeddings: z.array(embedding),
  }),
]);

export type Answer = z.infer<typeof answerSchema>;
