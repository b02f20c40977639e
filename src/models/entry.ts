import { z } from 'zod';

/**
 * One model's description: all that is needed to feed a network and to read what it gives, so that another
 * detector or embedder plugs in without code. docs/models.md explains each field with an example.
 */

const outputName = z.string().min(1);
const triple = z.tuple([z.number(), z.number(), z.number()]);

const normalisationSchema = z.discriminatedUnion('kind', [
  /** The picture's numbers as they are, 0 to 255. */
  z.strictObject({ kind: z.literal('none') }),
  /** (x - mean) / divideBy, by channel in the order of `channels`. */
  z.strictObject({ kind: z.literal('scale'), mean: triple, divideBy: triple }),
  /** (x - mean) / max(standard deviation, 1 / sqrt(n)) over all n numbers of one picture, as FaceNet wants it. */
  z.strictObject({ kind: z.literal('prewhiten') }),
]);

/** How a picture enters the network. Width and height absent: any size, the graph resizes for itself. */
const inputSchema = z
  .strictObject({
    name: z.string().min(1),
    widthPx: z.int().min(8).max(4096).optional(),
    heightPx: z.int().min(8).max(4096).optional(),
    layout: z.enum(['hwc', 'nhwc', 'nchw']),
    dtype: z.enum(['uint8', 'float32']),
    channels: z.enum(['rgb', 'bgr']),
    /**
     * `letterbox`: one scale for both axes, picture at the top left, the rest 0 before normalisation;
     * `letterbox-down`: the same, but a picture smaller than the input is not enlarged;
     * `stretch`: each axis for itself; `none`: the picture has the right size already.
     */
    fit: z.enum(['none', 'letterbox', 'letterbox-down', 'stretch']),
    normalisation: normalisationSchema,
  })
  .superRefine((input, context) => {
    const sized = input.widthPx !== undefined && input.heightPx !== undefined;
    if ((input.widthPx === undefined) !== (input.heightPx === undefined)) {
      context.addIssue({ code: 'custom', message: 'widthPx and heightPx come together' });
    }
    if (input.fit !== 'none' && !sized) {
      context.addIssue({ code: 'custom', path: ['fit'], message: `${input.fit} needs widthPx and heightPx` });
    }
    if (input.dtype === 'uint8' && input.normalisation.kind !== 'none') {
      context.addIssue({ code: 'custom', path: ['normalisation'], message: 'a uint8 input takes none' });
    }
  });

const detectionsSchema = z.strictObject({
  kind: z.literal('detections'),
  /** [n,4] or [1,n,4]: x1, y1, x2, y2 of each face. */
  boxes: outputName,
  /** Unit of boxes and points: pixels of the picture, pixels of the network's input, or 0 to 1 across the input. */
  unit: z.enum(['picture-px', 'input-px', 'input-share']),
  /** [n], or [1,n,k] together with `faceColumn`. */
  scores: outputName,
  /** The column of `scores` that is the face's, where there is one a class. */
  faceColumn: z.int().min(0).max(1000).optional(),
  /** [n,k,2] or [n,2k]: k points of each face. */
  points: outputName.optional(),
  /** What the points are, in their order. */
  pointNames: z.array(z.string().min(1)).min(1).max(500).optional(),
  /** Overlap (intersection over union) above which the weaker box goes. Absent: the graph does it itself. */
  nmsIou: z.number().gt(0).lt(1).optional(),
});

/** YuNet's twelve outputs cls_, obj_, bbox_ and kps_ for the strides 8, 16 and 32, decoded by yunet.ts. */
const yunetSchema = z.strictObject({ kind: z.literal('yunet') });

/** [n,2] points in pixels of the picture that was given. */
const landmarksSchema = z.strictObject({
  kind: z.literal('landmarks'),
  points: outputName,
  count: z.int().min(1),
});

const embeddingSchema = z.strictObject({
  kind: z.literal('embedding'),
  /** [n,length]. */
  embeddings: outputName,
  length: z.int().min(2).max(8192),
  /** True where the length of the vectors has no meaning and each is brought to 1 as it comes. */
  normalise: z.boolean(),
});

/** How a face is cut out for an embedder. */
const alignmentSchema = z.discriminatedUnion('kind', [
  /** Least-squares similarity of the 68 points to dlib's mean face. */
  z.strictObject({
    kind: z.literal('dlib68'),
    sizePx: z.int().min(16).max(1024),
    padding: z.number().min(0).max(1),
    /** True: the embedding is the mean of the chip's and its mirror image's. */
    flip: z.boolean(),
  }),
  /** The detector's box, widened by `margin` of its size in all (half of it on each side), resized on each axis. */
  z.strictObject({
    kind: z.literal('box'),
    sizePx: z.int().min(16).max(1024),
    margin: z.number().min(-0.5).max(2),
    flip: z.boolean(),
  }),
]);

const squaredDistance = z.number().gt(0).max(4);

/** Squared L2 distances of unit vectors: what is near enough, and how much further the next person must be. */
const matchSchema = z.strictObject({
  threshold: squaredDistance,
  strict: squaredDistance.optional(),
  convenient: squaredDistance.optional(),
  margin: z.number().min(0).max(1),
});

const score = z.number().gt(0).lt(1);

const facts = {
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'small letters, digits, dots and hyphens'),
  /**
   * What runs it. One value so far; a network that only OpenCV can run (the Caffe SSD of the predecessor) will
   * be a second one, run by the native co-processor: `loadDetector` is the place that will choose.
   */
  format: z.literal('onnx'),
  /** Beside the manifest; a name, not a path. */
  file: z.string().regex(/^[\w][\w.-]*\.onnx$/, 'a file name that ends in .onnx, without a folder'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 small hexadecimal digits'),
  bytes: z.int().min(1),
  licence: z.string().min(1),
  /** File with the licence's text, beside the manifest. */
  licenceFile: z.string().min(1).optional(),
  /** Package or address, with its version. */
  origin: z.string().min(1),
  /** What was changed against the origin. */
  changed: z.string().min(1),
  /** What was measured with it, or that nothing was. */
  measured: z.string().min(1),
  /** What one run is charged in simulated time: about its time on one core of a PC. */
  declaredMs: z.number().gt(0).max(60_000),
};

const pictureNetwork = { ...facts, input: inputSchema };

const detectorSchema = z
  .strictObject({
    ...pictureNetwork,
    role: z.literal('detector'),
    output: z.discriminatedUnion('kind', [detectionsSchema, yunetSchema]),
    /** Scores from which a face is reported, and from which it is acted upon. */
    find: score,
    act: score,
    /**
     * From this detector's box to the usual one (brow to chin, ear to ear): the centre moves by `shift` and the
     * size is multiplied by `scale`, both [x, y], the shift in units of the box's size. Absent: it is the usual one.
     */
    boxMapping: z
      .strictObject({
        shift: z.tuple([z.number(), z.number()]),
        scale: z.tuple([z.number().gt(0), z.number().gt(0)]),
      })
      .optional(),
  })
  .superRefine((detector, context) => {
    const { input, output } = detector;
    const complain = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (detector.act < detector.find) complain(['act'], 'is not under find');
    if (input.fit === 'none' && input.widthPx !== undefined) {
      complain(
        ['input', 'fit'],
        'a frame must be brought to widthPx x heightPx: letterbox, letterbox-down, stretch',
      );
    }
    if (output.kind === 'yunet' && ((input.widthPx ?? 1) % 32 !== 0 || (input.heightPx ?? 1) % 32 !== 0)) {
      complain(['input', 'widthPx'], 'YuNet takes multiples of 32');
    }
    if (output.kind === 'detections' && (output.points === undefined) !== (output.pointNames === undefined)) {
      complain(['output', 'pointNames'], 'points and pointNames come together');
    }
  });

const landmarksModelSchema = z.strictObject({
  ...pictureNetwork,
  role: z.literal('landmarks'),
  output: landmarksSchema,
});

const embedderSchema = z
  .strictObject({
    ...pictureNetwork,
    role: z.literal('embedder'),
    output: embeddingSchema,
    alignment: alignmentSchema,
    match: matchSchema,
  })
  .superRefine(({ input, alignment, match }, context) => {
    for (const key of ['widthPx', 'heightPx'] as const) {
      if (input[key] !== undefined && input[key] !== alignment.sizePx) {
        context.addIssue({
          code: 'custom',
          path: ['input', key],
          message: `is alignment.sizePx, ${alignment.sizePx}`,
        });
      }
    }
    if (input.fit !== 'none') {
      context.addIssue({ code: 'custom', path: ['input', 'fit'], message: 'none: chips come at their size' });
    }
    if (input.layout === 'hwc') {
      context.addIssue({
        code: 'custom',
        path: ['input', 'layout'],
        message: 'chips come in batches: nhwc, nchw',
      });
    }
    if ((match.strict ?? 0) > match.threshold || (match.convenient ?? 4) < match.threshold) {
      context.addIssue({ code: 'custom', path: ['match'], message: 'strict <= threshold <= convenient' });
    }
  });

const cosine = z.number().min(0).max(1);

/** Cosines of unit vectors: what is near enough for so much speech, and how much lower the next person must be. */
export const voiceMatchSchema = z
  .strictObject({
    /** By length; linear in the logarithm of the length in between, flat outside. */
    thresholds: z
      .array(z.strictObject({ voicedMs: z.int().min(100).max(600_000), score: cosine }))
      .min(1)
      .max(100),
    margin: cosine,
    /** The most enrolled people they were measured with; with more they rise (threshold.ts). Null: they do not. */
    people: z.int().min(1).nullable(),
    /** What is taken off a score against what was enrolled with noise or reverberation added; see enrol-copies.ts. */
    penalties: z.strictObject({ noise20: cosine, noise10: cosine, reverb300: cosine, reverb500: cosine }),
  })
  .superRefine(({ thresholds }, context) => {
    for (const [index, { voicedMs }] of thresholds.entries()) {
      if (voicedMs > (thresholds[index - 1]?.voicedMs ?? 0)) continue;
      const path = ['thresholds', index, 'voicedMs'];
      context.addIssue({ code: 'custom', path, message: 'is more than the one before' });
    }
  });

/** Takes windows of speech as src/hearing/front-end.ts cuts them, and gives one vector for each. */
const voiceEmbedderSchema = z.strictObject({
  ...facts,
  role: z.literal('voice-embedder'),
  input: z.strictObject({
    /** [n,windowSamples], float32, full scale at 1. */
    name: z.string().min(1),
    sampleRateHz: z.literal(16_000),
    windowSamples: z.literal(25_840),
  }),
  output: embeddingSchema,
  match: voiceMatchSchema,
});

export const modelEntrySchema = z.discriminatedUnion('role', [
  detectorSchema,
  landmarksModelSchema,
  embedderSchema,
  voiceEmbedderSchema,
]);

export type ModelEntry = z.infer<typeof modelEntrySchema>;
export type DetectorEntry = z.infer<typeof detectorSchema>;
export type LandmarksEntry = z.infer<typeof landmarksModelSchema>;
export type EmbedderEntry = z.infer<typeof embedderSchema>;
export type VoiceEmbedderEntry = z.infer<typeof voiceEmbedderSchema>;
export type VoiceMatch = z.infer<typeof voiceMatchSchema>;
export type ModelInput = z.infer<typeof inputSchema>;
export type Alignment = z.infer<typeof alignmentSchema>;
export type DetectionsOutput = z.infer<typeof detectionsSchema>;

/** Names the way a face is cut out; embeddings of different alignments are never compared. */
export function alignmentId(alignment: Alignment): string {
  const extent = alignment.kind === 'dlib68' ? alignment.padding : alignment.margin;
  return `${alignment.kind}-${alignment.sizePx}-${extent}${alignment.flip ? '-flip' : ''}`;
}
