import { createHash } from 'node:crypto';
import type { DetectedFace } from '../../hal/contract/face-models.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { sha256OfFile } from '../people/import.ts';
import type { NewSample, Original, Provenance } from '../people/person.ts';
import { type EnrolFrame, enrolScore } from '../vision/enrol-frames.ts';
import { enrolLimits, type GateLimits, gate, type Refusal } from '../vision/gate.ts';
import type { DescribedPictureFace, WorkerFaceModels } from '../vision/worker-face-models.ts';
import type { FaceInput, InputPicture } from './face-input.ts';
import { faceOriginal, type RgbPicture } from './originals.ts';

/** A face that is good enough to enrol, as a sample. */
export interface EnrolCandidate extends EnrolFrame {
  readonly picture: Pick<InputPicture, 'input' | 'frame' | 'timestampMs'>;
  readonly face: DetectedFace;
  readonly sample: NewSample;
}

/** Why a picture is not enrolled: what was counted or measured, in words. */
export interface NotEnrolled {
  readonly reason: Refusal['decision'] | 'several-faces' | 'unclear-face';
  readonly message: string;
}

/**
 * The one face of a picture as a sample, or why there is none: no face, several, or one that misses the limits of
 * enrolment. Rejects with HalError when the models fail.
 */
export async function enrolCandidate(
  picture: InputPicture,
  {
    input,
    models,
    keepOriginals,
  }: { readonly input: FaceInput; readonly models: WorkerFaceModels; readonly keepOriginals: boolean },
  signal: AbortSignal,
): Promise<EnrolCandidate | NotEnrolled> {
  const { ref, pixels } = picture;
  const { described, shown } =
    ref === undefined
      ? await describe(picture, models, signal)
      : { described: [], shown: { rgb: pixels, widthPx: picture.widthPx, heightPx: picture.heightPx } };
  const faces = ref === undefined ? described.map(({ face }) => face) : await models.detect(ref, signal);
  const face = oneFace(faces, enrolLimits);
  if ('message' in face) return face;

  const [embedding] =
    ref === undefined ? described.map((one) => one.embedding) : await models.embed(ref, [0], signal);
  if (embedding === undefined) throw new RangeError('a face without an embedding');
  const contentSha256 =
    ref === undefined
      ? await sha256OfFile(picture.input, signal)
      : createHash('sha256').update(pixels.slice()).digest('hex');
  const provenance: Provenance =
    input.kind === 'camera'
      ? { source: 'camera', camera: input.name, contentSha256 }
      : { source: 'file', path: picture.input, contentSha256 };
  const original = keepOriginals ? await faceOriginal(shown, face.box) : undefined;
  return candidateOf(face, embedding, { picture, provenance, pipelineId: models.pipelineId, original });
}

/** The same of a picture whose faces were described already, with limits of one's own. */
export async function judgeFaces(
  described: readonly DescribedPictureFace[],
  {
    limits,
    shown,
    ...origin
  }: Omit<CandidateOrigin, 'original'> & {
    readonly limits: GateLimits;
    /** The picture, where it is to be kept. */
    readonly shown: RgbPicture | undefined;
  },
): Promise<EnrolCandidate | NotEnrolled> {
  const face = oneFace(
    described.map((one) => one.face),
    limits,
  );
  if ('message' in face) return face;
  const embedding = described[0]?.embedding;
  if (embedding === undefined) throw new RangeError('a face without an embedding');
  const original = shown === undefined ? undefined : await faceOriginal(shown, face.box);
  return candidateOf(face, embedding, { ...origin, original });
}

function oneFace(faces: readonly DetectedFace[], limits: GateLimits): DetectedFace | NotEnrolled {
  const [face] = faces;
  if (face === undefined) return { reason: 'no-face', message: 'no face was found' };
  if (faces.length > 1) {
    return { reason: 'several-faces', message: `${faces.length} faces, and only one person can be enrolled` };
  }
  const refused = gate(face, limits);
  if (refused === undefined) return face;
  // The gate calls a low score no face; here it is one, which is not good enough to keep.
  const reason = refused.decision === 'no-face' ? 'unclear-face' : refused.decision;
  return { reason, message: refused.reason };
}

/** Where a face was seen, by which models, and the part of the picture that is kept. */
interface CandidateOrigin {
  readonly picture: EnrolCandidate['picture'];
  readonly provenance: Provenance;
  readonly pipelineId: string;
  readonly original: Original | undefined;
}

function candidateOf(
  face: DetectedFace,
  embedding: Float32Array,
  { picture, provenance, pipelineId, original }: CandidateOrigin,
): EnrolCandidate {
  const { score, quality } = face;
  return {
    rank: enrolScore(face),
    atMs: picture.timestampMs,
    picture,
    face,
    sample: {
      kind: 'face',
      pipelineId,
      embedding,
      quality: { ...quality, score },
      provenance,
      ...(original === undefined ? {} : { original }),
    },
  };
}

/** Shrunk to this first, the padded picture has a bounded size. */
const maxPaddedSidePx = 2048;

/**
 * The faces of a picture; where there is none, those that are found with room around it. Of 59 crops in which a face
 * was cut off or filled the picture, and was not found, grey room let 54 be found (black 31, the edge repeated 40);
 * most stay under the score that enrolment wants, and are refused with that instead.
 */
async function describe(
  picture: InputPicture,
  models: WorkerFaceModels,
  signal: AbortSignal,
): Promise<{ readonly described: DescribedPictureFace[]; readonly shown: RgbPicture }> {
  const { pixels: rgb, widthPx, heightPx } = picture;
  const asItIs = { rgb, widthPx, heightPx };
  const found = await models.describe(asItIs, signal);
  if (found.length > 0) return { described: found, shown: asItIs };
  const limits = { ...defaultDecodeLimits, maxWidthPx: maxPaddedSidePx, maxHeightPx: maxPaddedSidePx };
  const shown = padded(await decodePicture(picture.input, limits, signal));
  return { described: await models.describe(shown, signal), shown };
}

/** The picture in the middle of a grey one of twice its size. */
function padded({
  pixels,
  widthPx,
  heightPx,
}: Pick<InputPicture, 'pixels' | 'widthPx' | 'heightPx'>): RgbPicture {
  const rgb = new Uint8Array(4 * pixels.length).fill(128);
  const left = Math.floor(widthPx / 2);
  const top = Math.floor(heightPx / 2);
  for (let y = 0; y < heightPx; y++) {
    const row = pixels.subarray(y * widthPx * 3, (y + 1) * widthPx * 3);
    rgb.set(row, ((top + y) * 2 * widthPx + left) * 3);
  }
  return { rgb, widthPx: 2 * widthPx, heightPx: 2 * heightPx };
}
