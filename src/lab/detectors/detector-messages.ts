import { z } from 'zod';
import { detectorSchema } from './catalogue.ts';

/** What a detector's process is told on its standard input, as one JSON text. */
export const detectorTaskSchema = z.strictObject({
  detector: detectorSchema,
  pictures: z.array(z.string()),
});

export type DetectorTask = z.infer<typeof detectorTaskSchema>;

const box = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

/** What it says on its standard output, a JSON text a line. */
export const detectorLineSchema = z.discriminatedUnion('kind', [
  /** The next picture, looked at. */
  z.strictObject({
    kind: z.literal('looked'),
    faces: z.array(z.strictObject({ box, score: z.number().nullable() })),
    /** Size of the picture that was looked at, in whose pixels the boxes are. */
    widthPx: z.int().positive(),
    heightPx: z.int().positive(),
    /** Before a very large picture was shrunk. */
    originalWidthPx: z.int().positive(),
    /** Processor time of the look alone, without decoding. */
    processorMs: z.number(),
  }),
  /** The next picture cannot be looked at. */
  z.strictObject({ kind: z.literal('failed'), message: z.string() }),
  /** The detector cannot be loaded, and nothing follows. */
  z.strictObject({ kind: z.literal('not-loaded'), message: z.string() }),
]);

export type DetectorLine = z.infer<typeof detectorLineSchema>;
