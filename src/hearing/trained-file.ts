import { z } from 'zod';

/**
 * The trained network's files, in one folder: the network with its scaler, and beside it what it is, names included.
 * Forgetting a person looks into the second one.
 */
export const trainedFiles = { network: 'voices.onnx', description: 'voices.json' } as const;

/** Of the network in the file. */
export const networkInput = 'x';
export const networkOutput = 'shares';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

/** How many of how many, and the 95 % interval of the share. */
const rateSchema = z.strictObject({ count, of: count, low: z.number(), high: z.number() });

const accuracySchema = z.strictObject({ pieces: rateSchema, recordings: rateSchema });

export const trainedDescriptionSchema = z.strictObject({
  version: z.literal(1),
  /** Names of the speakers, in the order of the network's shares. */
  labels: z.array(z.string().min(1)).min(2),
  /** Whose features it takes: `featureVersion` of features193.ts. */
  featureVersion: z.string(),
  /** Length of the pieces it was trained on, and is to be used with. */
  pieceMs: z.number().positive(),
  network: z.strictObject({ file: z.literal(trainedFiles.network), bytes: count, sha256 }),
  training: z.strictObject({
    seed: z.number(),
    /** What multiplied the matrices: another backend gives other numbers. */
    backend: z.enum(['tensorflow', 'wasm']),
    epochs: count,
    /** The one whose weights were kept, counted from 1. */
    bestEpoch: z.int().min(1),
    trainPieces: count,
    validationPieces: count,
    /** `folders`: train/ and validation/; `recordings`: there was no validation/, and recordings were held back. */
    split: z.enum(['folders', 'recordings']),
  }),
  /** Of the validation recordings, which also chose the epoch: a little better than that of fresh ones. */
  accuracy: accuracySchema,
  /** Validation pieces: a row a speaker, a column an answer, in the order of the labels. */
  confusion: z.array(z.array(count)),
  /** The other two ways on the same features, where they were asked for. */
  compared: z
    .strictObject({ nearestNeighbours: accuracySchema, supportVectors: accuracySchema })
    .exactOptional(),
  /** What it learnt from; the hash is of the samples, which other formats of the same recording share. */
  recordings: z.array(
    z.strictObject({
      path: z.string(),
      label: z.string(),
      set: z.enum(['train', 'validation']),
      sha256,
    }),
  ),
});

export type TrainedDescription = z.infer<typeof trainedDescriptionSchema>;
export type TrainedAccuracy = z.infer<typeof accuracySchema>;
