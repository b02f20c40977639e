import type { FaceQuality } from '../../hal/contract/face-models.ts';
import { buildGallery, confusablePairs } from './gallery.ts';
import { FolderImport, type ImportSource } from './import.ts';
import type { JoinLimits } from './join-check.ts';
import { nameOfPicture } from './names.ts';
import type { PeopleStore } from './store.ts';

const maxPictureBytes = 64 * 1024 * 1024;

/** What looking at a picture gave for one face in it. */
export interface DescribedFace {
  readonly embedding: Float32Array;
  readonly quality: FaceQuality;
  /** The detector's score. */
  readonly score: number;
  /** What keeps the face from the limits of enrolment, with its numbers. */
  readonly enrolProblem: string | undefined;
  /** What keeps it from those of recognition, which are wider: such a face would not be recognised either. */
  readonly probeProblem: string | undefined;
}

/**
 * Finds and embeds every face of a picture. Rejects with a message for people when it is not a readable picture, and
 * with HalError when the models fail.
 */
export type DescribePicture = (
  path: string,
  signal: AbortSignal,
) => Promise<{ readonly faces: readonly DescribedFace[] }>;

export interface PictureImportOptions {
  readonly store: PeopleStore;
  /** The pipeline that `describePicture` runs. */
  readonly pipelineId: string;
  readonly describePicture: DescribePicture;
  readonly limits: JoinLimits;
}

/**
 * The import of a dataset folder. One face is needed in a picture. A face that misses a gate of enrolment but would
 * be recognised is taken, with a warning, so that old folders go on working; a poorer one is refused.
 */
export class DatasetImport extends FolderImport {
  constructor(options: PictureImportOptions) {
    super(options.store, pictureSource(options));
  }
}

function pictureSource({ store, pipelineId, describePicture, limits }: PictureImportOptions): ImportSource {
  return {
    kind: 'face',
    pipelineId,
    limits,
    perSample: 1,
    maxBytes: maxPictureBytes,
    tooLarge: 'not a photograph',
    forgotten:
      'shows a person who was forgotten and stays out; to take it back on purpose: vigil faces enrol NAME --input FILE',
    nameOf: nameOfPicture,
    async examine(path, signal) {
      const { faces } = await describePicture(path, signal);
      const [face] = faces;
      if (face === undefined) return { reason: 'no-face', message: 'no face was found in it' };
      if (faces.length > 1) {
        const message = `${faces.length} faces: a picture must show one person only`;
        return { reason: 'several-faces', message };
      }
      const { embedding, quality, score, enrolProblem, probeProblem } = face;
      if (probeProblem !== undefined) return { reason: 'poor-face', message: probeProblem };
      return { embedding, quality: { ...quality, score }, warning: enrolProblem };
    },
    confusable: (changed, signal) =>
      confusablePairs(buildGallery(store, pipelineId), changed, limits.threshold + limits.margin, signal),
  };
}
