import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { datasetChanges } from '../people/dataset.ts';
import {
  DatasetImport,
  type DescribePicture,
  type ImportProgress,
  type ImportReport,
} from '../people/import.ts';
import type { PeopleStore } from '../people/store.ts';
import { enrolLimits, gate, probeLimits } from '../vision/gate.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';

/** What a picture of a dataset shows, by the face models that `models` gives. */
export function pictureDescriber(models: () => WorkerFaceModels | undefined): DescribePicture {
  return async (path, signal) => {
    const picture = await decodePicture(path, defaultDecodeLimits, signal).catch((error) => {
      // To the import a HalError means that the models failed; a bad picture is the picture's own fault.
      throw error instanceof HalError ? new Error(error.message, { cause: error }) : error;
    });
    const loaded = models();
    if (loaded === undefined) throw new HalError('closed', 'face models', 'they are not loaded');
    const { pixels, widthPx, heightPx } = picture;
    const faces = await loaded.describe({ rgb: pixels, widthPx, heightPx }, signal);
    return {
      faces: faces.map(({ face, embedding }) => ({
        embedding,
        quality: face.quality,
        score: face.score,
        enrolProblem: gate(face, enrolLimits)?.reason,
        probeProblem: gate(face, probeLimits)?.reason,
      })),
    };
  };
}

export interface DatasetWatchOptions {
  readonly folder: string;
  readonly store: PeopleStore;
  readonly clock: Clock;
  readonly models: () => WorkerFaceModels | undefined;
  /** Threshold + margin: people nearer than this are confusable. */
  readonly confusableDistance: number;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly onReport: (report: ImportReport) => void;
  readonly onError: (error: unknown) => void;
}

/** Imports the dataset folder now and whenever it changes, until the signal is aborted. Never rejects. */
export async function watchDataset(options: DatasetWatchOptions, signal: AbortSignal): Promise<void> {
  const { folder, store, clock, models } = options;
  try {
    for await (const _ of datasetChanges(folder, clock, signal)) {
      const loaded = models();
      if (loaded === undefined) throw new HalError('closed', 'face models', 'they are not loaded');
      const dataset = new DatasetImport({
        store,
        pipelineId: loaded.pipelineId,
        describePicture: pictureDescriber(models),
        confusableDistance: options.confusableDistance,
      });
      options.onReport(await dataset.run(folder, signal, options.onProgress));
    }
  } catch (error) {
    if (!signal.aborted) options.onError(error);
  }
}
