import type { Clock } from '../../hal/contract/clock.ts';
import { HalError } from '../../hal/contract/errors.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import type { VigilConfig } from '../config/schema.ts';
import { centroidsPerPerson } from '../hearing/match.ts';
import { voiceLimits } from '../hearing/threshold.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { datasetChanges } from '../people/dataset.ts';
import type { FolderImport, ImportProgress, ImportReport } from '../people/import.ts';
import { DatasetImport, type DescribePicture } from '../people/picture-import.ts';
import { RecordingImport } from '../people/recording-import.ts';
import type { PeopleStore } from '../people/store.ts';
import { enrolLimits, gate, probeLimits } from '../vision/gate.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { recordingDescriber } from './enrol-voices.ts';
import { faceJoinLimits, voiceJoinLimits } from './join-limits.ts';
import { matchLimits } from './match-limits.ts';

/** What a picture of a dataset shows, by the face models that `models` gives. */
function pictureDescriber(models: () => WorkerFaceModels | undefined): DescribePicture {
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

export interface FolderWatchOptions {
  readonly folder: string;
  readonly clock: Clock;
  /**
   * What imports the folder; the same one as long as the models are the same, since it remembers what it refused.
   * Throws HalError while there are no models.
   */
  readonly importer: () => FolderImport;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly onReport: (report: ImportReport) => void;
  /** A pass failed (the disk is full, the models are being replaced); it is tried again. */
  readonly onError: (error: unknown) => void;
}

const retryMs = 30_000;

/** Imports a folder of people now and whenever it changes, until the signal is aborted. Never rejects. */
export async function watchFolder(options: FolderWatchOptions, signal: AbortSignal): Promise<void> {
  const { folder, clock, importer } = options;
  const pass = async () => options.onReport(await importer().run(folder, signal, options.onProgress));
  try {
    for await (const _ of datasetChanges(folder, clock, signal)) {
      while (!(await succeeds(pass, signal, options.onError))) await clock.sleep(retryMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) options.onError(error);
  }
}

/** Importers of pictures, by the face models that `models` gives. */
export function pictureImporter(
  store: PeopleStore,
  config: VigilConfig,
  models: () => WorkerFaceModels | undefined,
): () => FolderImport {
  return importerOf(models, 'face models', (loaded) => {
    return new DatasetImport({
      store,
      pipelineId: loaded.pipelineId,
      describePicture: pictureDescriber(models),
      limits: faceJoinLimits(matchLimits(config, loaded)),
    });
  });
}

/** Importers of recordings, by the voice models that `models` gives. */
export function recordingImporter(
  store: PeopleStore,
  config: VigilConfig,
  models: () => WorkerVoiceModels | undefined,
): () => FolderImport {
  return importerOf(models, 'voice models', (loaded) => {
    return new RecordingImport({
      store,
      pipelineId: loaded.pipelineId,
      perRecording: centroidsPerPerson,
      describeRecording: recordingDescriber(models),
      limits: voiceJoinLimits(voiceLimits(loaded.match, config.hearing)),
    });
  });
}

function importerOf<Models extends { readonly pipelineId: string }>(
  models: () => Models | undefined,
  name: string,
  make: (loaded: Models) => FolderImport,
): () => FolderImport {
  let last: { readonly pipelineId: string; readonly importer: FolderImport } | undefined;
  return () => {
    const loaded = models();
    if (loaded === undefined) throw new HalError('closed', name, 'they are not loaded');
    const { pipelineId } = loaded;
    if (last?.pipelineId !== pipelineId) last = { pipelineId, importer: make(loaded) };
    return last.importer;
  };
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
