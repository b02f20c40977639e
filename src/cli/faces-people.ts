import { buildGallery, type Gallery } from '../people/gallery.ts';
import { pictureImporter } from '../runtime/dataset-watch.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import type { FaceTask } from './faces-session.ts';
import { importFolder, openPeople, sayConfusable } from './import-notes.ts';
import { printNote } from './output.ts';

/**
 * Everybody who can be recognised: who is stored, and who is in the dataset folder, which is imported first. Says
 * what was refused, who is confusable, and what to do when nobody is known.
 */
export async function knownPeople(
  task: FaceTask,
  models: WorkerFaceModels,
  signal: AbortSignal,
): Promise<Gallery> {
  using store = openPeople(task);
  const importer = pictureImporter(store, task.config, () => models)();
  const { dataset: folder, datasetGiven: given } = task;
  const source = { folder, given, what: 'pictures of people', poor: 'poor picture' };
  const { confusable } = await importFolder(importer, source, signal);
  const gallery = buildGallery(store, models.pipelineId);
  sayConfusable(
    confusable,
    (subjectId) => gallery.names.get(subjectId) ?? subjectId,
    ({ distance }) => `distance ${distance.toFixed(3)}`,
    'pictures',
  );
  if (gallery.subjectIds.length === 0) {
    printNote(
      'Nobody is known, so everybody is unknown. Enrol someone: vigil faces enrol NAME --input camera, ' +
        `or put a picture into ${task.dataset}`,
    );
  }
  return gallery;
}
