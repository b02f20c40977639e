import { z } from 'zod';

/** What the trained network's Worker is told and what it answers. Both sides validate what they receive. */

const numbers: z.ZodType<Float32Array> = z.instanceof(Float32Array);

export const startSchema = z.strictObject({
  kind: z.literal('start'),
  /** Where `vigil voices train` left the network. */
  folder: z.string(),
  /** A WorkerTurn's. */
  turn: z.instanceof(SharedArrayBuffer),
});

export const requestSchema = z.strictObject({
  kind: z.literal('classify'),
  call: z.int(),
  sound: z.strictObject({
    sampleRateHz: z.number(),
    samples: numbers,
    startMs: z.number(),
  }),
});

export type Request = z.infer<typeof requestSchema>;

export const readySchema = z.strictObject({
  kind: z.literal('ready'),
  pipelineId: z.string(),
  labels: z.array(z.string()),
  pieceMs: z.number(),
});

export type Ready = z.infer<typeof readySchema>;

export const answerSchema = z.strictObject({
  kind: z.literal('classified'),
  call: z.int(),
  shares: z.array(z.number()),
});

export type Answer = z.infer<typeof answerSchema>;
