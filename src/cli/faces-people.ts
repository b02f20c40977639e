import { buildGallery, type Gallery } from '../people/gallery.ts';
import type { ImportReport } from '../people/import.ts';
import { DatasetImport } from '../people/picture-import.ts';
import { PeopleStore } from '../people/store.ts';
import { pictureDescriber } from '../runtime/dataset-watch.ts';
import { matchLimits } from '../runtime/match-limits.ts';
import type { WorkerFaceModels } from '../vision/worker-face-models.ts';
import { UsageError } from './command.ts';
import type { FaceTask } from './faces-session.ts';
import { printNote } from './output.ts';
import { Progress } from './progress.ts';

/** The store of people in the task's state directory. To be closed. */
export function openPeople(task: FaceTask): PeopleStore {
  return PeopleStore.open({
    directory: task.stateDirectory,
    wallClock: { nowUtcMs: () => Date.now() },
  });
}

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
  const { threshold, margin } = matchLimits(task.config, models);
  const dataset = new DatasetImport({
    store,
    pipelineId: models.pipelineId,
    describePicture: pictureDescriber(() => models),
    confusableDistance: threshold + margin,
  });
  const progress = new Progress('pictures of people');
  let report: ImportReport;
  try {
    report = await dataset.run(task.dataset, signal, ({ done, total }) =>
      progress.update(done, `of ${total} in ${task.dataset}`),
    );
  } finally {
    progress.end();
  }
  const gallery = buildGallery(store, models.pipelineId);
  tell(task, report, gallery);
  return gallery;
}

function tell(task: FaceTask, report: ImportReport, gallery: Gallery): void {
  if (!report.readable && task.datasetGiven) {
    const why = report.refused.find(({ path }) => path === '')?.message;
    if (why !== undefined) throw new UsageError(`${task.dataset}: the dataset cannot be read: ${why}`);
  }
  for (const { path, message } of report.refused) {
    if (path !== '') printNote(`left out: ${task.dataset}/${path}: ${message}`);
  }
  for (const { path, warning } of report.added) {
    if (warning !== undefined) printNote(`poor picture: ${task.dataset}/${path}: ${warning}`);
  }
  const nameOf = (subjectId: string) => gallery.names.get(subjectId) ?? subjectId;
  for (const { subjectId, otherSubjectId, distance } of report.confusable) {
    printNote(
      `${nameOf(subjectId)} and ${nameOf(otherSubjectId)} can be taken for each other ` +
        `(distance ${distance.toFixed(3)}): give more pictures of both`,
    );
  }
  if (gallery.subjectIds.length === 0) {
    printNote(
      'Nobody is known, so everybody is unknown. Enrol someone: vigil faces enrol NAME --input camera, ' +
        `or put a picture into ${task.dataset}`,
    );
  }
}
