import { join } from 'node:path';
import { centroidsPerPerson } from '../hearing/match.ts';
import type { WorkerVoiceModels } from '../hearing/worker-voice-models.ts';
import { buildVoiceGallery, type VoicePeople } from '../people/gallery.ts';
import { recordingImporter } from '../runtime/dataset-watch.ts';
import { importFolder, openPeople, sayConfusable } from './import-notes.ts';
import { printNote } from './output.ts';
import type { VoiceTask } from './voices-session.ts';

/**
 * Everybody whose voice can be recognised: who is stored, and who is in `train` of the audios folder, which is
 * imported first. Says what was refused, who is confusable, and what to do when nobody is known.
 */
export async function knownVoices(
  task: VoiceTask,
  models: WorkerVoiceModels,
  signal: AbortSignal,
): Promise<VoicePeople> {
  using store = openPeople(task);
  const importer = recordingImporter(store, task.config, () => models)();
  const folder = join(task.audios, 'train');
  const source = {
    folder,
    given: task.audiosGiven,
    what: 'recordings of people',
    hint: 'They belong into `train` of the audios folder, named after the people: Ana1.wav, Ana2.wav',
    poor: 'poor recording',
  };
  const { confusable } = await importFolder(importer, source, signal);
  const people = buildVoiceGallery(store, models.pipelineId, centroidsPerPerson);
  sayConfusable(
    confusable,
    (subjectId) => people.names.get(subjectId) ?? subjectId,
    ({ distance }) => `cosine ${(1 - distance / 2).toFixed(3)}`,
    'recordings',
  );
  if (people.subjectIds.length === 0) {
    printNote(
      'Nobody’s voice is known, so everybody is unknown. Enrol someone: vigil voices enrol NAME, ' +
        `or put recordings NAME1.wav, NAME2.wav … into ${folder}`,
    );
  }
  return people;
}
