import { z } from 'zod';
import type { FeatureErrorKind } from '../features/features193.ts';

/** What a Worker that computes features is told and what it answers. */

const numbers: z.ZodType<Float32Array> = z.instanceof(Float32Array);

export const requestSchema = z.strictObject({ sampleRateHz: z.number(), samples: numbers });

export type Request = z.infer<typeof requestSchema>;

const errorKinds = [
  'too-short',
  'too-long',
  'not-finite',
  'sample-rate',
] as const satisfies FeatureErrorKind[];

export const answerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('features'), vector: numbers }),
  z.strictObject({ kind: z.literal('refused'), error: z.enum(errorKinds), message: z.string() }),
]);

export type Answer = z.infer<typeof answerSchema>;
