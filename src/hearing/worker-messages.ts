import { z } from 'zod';
import { voiceMatchSchema } from '../models/entry.ts';

/** What the voice networks' Worker is told and what it answers. Both sides validate what they receive. */

const numbers: z.ZodType<Float32Array> = z.instanceof(Float32Array);

/** Which embedding network to load. */
const voiceModelChoiceSchema = z.strictObject({
  shippedDir: z.string(),
  addedDir: z.string(),
  /** An id from the manifest; the default where absent. */
  embedder: z.string().exactOptional(),
});

export type VoiceModelChoice = z.infer<typeof voiceModelChoiceSchema>;

export const startSchema = z.strictObject({
  kind: z.literal('start'),
  models: voiceModelChoiceSchema,
  /** A WorkerTurn's. */
  turn: z.instanceof(SharedArrayBuffer),
});

/** One channel; the message copies it, and nothing else does. */
const soundSchema = z.strictObject({ sampleRateHz: z.number(), samples: numbers });

export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embed'),
    call: z.int(),
    sound: soundSchema,
    /** Only the newest speech of this length. */
    newestMs: z.number().positive().exactOptional(),
  }),
  /** A recording to enrol: everything about it, in one go. */
  z.strictObject({ kind: z.literal('describe'), call: z.int(), sound: soundSchema }),
]);

export type Request = z.infer<typeof requestSchema>;

export const readySchema = z.strictObject({
  kind: z.literal('ready'),
  pipelineId: z.string(),
  embeddingLength: z.int().positive(),
  match: voiceMatchSchema,
  declaredMs: z.number(),
});

export type Ready = z.infer<typeof readySchema>;

const heard = {
  voicedMs: z.number(),
  /** -Infinity for digital silence, which is no number to zod. */
  levelDbfs: z.number().or(z.literal(Number.NEGATIVE_INFINITY)),
  clippedShare: z.number(),
};

export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embedded'),
    call: z.int(),
    heard: z.strictObject({ ...heard, embedding: numbers.nullable() }),
  }),
  z.strictObject({
    kind: z.literal('described'),
    call: z.int(),
    recording: z.strictObject({
      ...heard,
      speechToPauseDb: z.number().nullable(),
      windows: z.array(numbers),
      embeddings: z.array(numbers),
    }),
  }),
]);

export type Answer = z.infer<typeof answerSchema>;
