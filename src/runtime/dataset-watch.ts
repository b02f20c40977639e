import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import type { VigilConfig } from '../config/schema.ts';
import { datasetChanges } from '../people/dataset.ts';
import type { ImportProgress, ImportReport } from '../people/import.ts';
import { DatasetImport, type DescribePicture } from '../people/picture-import.ts';
import type { PeopleStore } from '../people/store.ts';
import { enrolLimits, gate, probeLimits } from '../vision/gate.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { matchLimits } from './match-limits.ts';

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
  readonly config: VigilConfig;
  readonly models: () => WorkerFaceModels | undefined;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly onReport: (report: ImportReport) => void;
  /** A pass failed (the disk is full, the models are being replaced); it is tried again. */
  readonly onError: (error: unknown) => void;
}

const retryMs = 30_000;

/** Imports the dataset folder now and whenever it changes, until the signal is aborted. Never rejects. */
export async function watchDataset(options: DatasetWatchOptions, signal: AbortSignal): Promise<void> {
  const { folder, clock } = options;
  // Remembers which pictures were refused, for as long as the models are the same.
  let dataset: DatasetImport | undefined;
  let pipelineId: string | undefined;
  const pass = async () => {
    const models = options.models();
    if (models === undefined) throw new HalError('closed', 'face models', 'they are not loaded');
    if (dataset === undefined || models.pipelineId !== pipelineId) {
      dataset = importInto(options, models);
      pipelineId = models.pipelineId;
    }
    options.onReport(await dataset.run(folder, signal, options.onProgress));
  };
  try {
    for await (const _ of datasetChanges(folder, clock, signal)) {
      while (!(await succeeds(pass, signal, options.onError))) await clock.sleep(retryMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) options.onError(error);
  }
}

function importInto({ store, config, models }: DatasetWatchOptions, loaded: WorkerFaceModels): DatasetImport {
  const { threshold, margin } = matchLimits(config, loaded);
  return new DatasetImport({
    store,
    pipelineId: loaded.pipelineId,
    describePicture: pictureDescriber(models),
    confusableDistance: threshold + margin,
  });
}

async function succeeds(
  work: () => Promise<void>,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    onError(error);
    return false;
  }
}
