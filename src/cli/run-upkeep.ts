import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { PeopleStore } from '../people/store.ts';
import { projectAudios, projectDataset } from '../runtime/imported-folders.ts';
import { keepPeople } from '../runtime/people-upkeep.ts';
import { projectTrained } from '../runtime/trained-voices.ts';
import { erasing } from './erasing.ts';
import { printNote } from './output.ts';

/** Keeps what is stored about people in order while a device runs: consent that has expired, old history. */
export function startUpkeep(config: VigilConfig, stateDirectory: string): AsyncDisposable {
  const wallClock = new SystemWallClock();
  const store = PeopleStore.open({ directory: stateDirectory, wallClock });
  const ending = new AbortController();
  const { clearCaches } = erasing(store, stateDirectory);
  const kept = keepPeople(
    {
      ...{ config, store, clock: new SystemClock(), wallClock, clearCaches },
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      places: {
        stateDirectory,
        dataset: config.people.dataset ?? projectDataset,
        audios: config.people.audios ?? projectAudios,
        trained: projectTrained,
        traceFile: config.trace.file,
      },
      onErased: () =>
        printNote('the consent of somebody has expired: they are erased (vigil journal list --kind receipt)'),
      onError: (error) =>
        printNote(`people are not tidied: ${error instanceof Error ? error.message : String(error)}`),
    },
    ending.signal,
  );
  return {
    async [Symbol.asyncDispose]() {
      ending.abort();
      await kept;
      store.close();
    },
  };
}
