import { SystemClock, SystemWallClock } from '../../hal/linux/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { PeopleStore } from '../people/store.ts';
import { projectAudios, projectDataset } from './imported-folders.ts';
import { keepPeople, type UpkeepCallbacks } from './people-upkeep.ts';
import { projectTrained } from './trained-voices.ts';

/** Keeps what is stored about people in order while a device runs: consent that has expired, old history. */
export function startUpkeep(
  config: VigilConfig,
  stateDirectory: string,
  callbacks: UpkeepCallbacks,
): AsyncDisposable {
  const wallClock = new SystemWallClock();
  const store = PeopleStore.open({ directory: stateDirectory, wallClock });
  const ending = new AbortController();
  const kept = keepPeople(
    {
      ...{ config, store, clock: new SystemClock(), wallClock, ...callbacks },
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      places: {
        stateDirectory,
        dataset: config.people.dataset ?? projectDataset,
        audios: config.people.audios ?? projectAudios,
        trained: projectTrained,
        traceFile: config.trace.file,
      },
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
