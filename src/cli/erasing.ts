import { cacheContents, cacheFolder, clearCache } from '../lab/cache/result-cache.ts';
import { PeopleStore } from '../people/store.ts';
import {
  type Erasing,
  type ErasureResult,
  finishErasures,
  hasErasures,
} from '../runtime/erasure/carry-out.ts';
import type { UpkeepCallbacks } from '../runtime/people-upkeep.ts';
import { printNote } from './output.ts';

/** What an erasure needs of this machine. */
export function erasing(store: PeopleStore, stateDirectory: string): Erasing {
  return { store, stateDirectory, clearCaches };
}

/** What is said of a device that keeps what is stored in order. */
export const upkeepNotes: UpkeepCallbacks = {
  clearCaches,
  onErased: (result) => {
    printNote('the consent of somebody has expired: they are erased (vigil journal list --kind receipt)');
    sayFailures(result);
  },
  onError: (error) => printNote(`people are not tidied: ${error instanceof Error ? error.message : error}`),
};

/** Its keys tell nobody whose faces they are, so all of them go. */
function clearCaches(): number {
  const { results } = cacheContents(cacheFolder());
  clearCache(cacheFolder());
  return results;
}

/** Finishes the erasures that were interrupted, and says so. One that cannot be finished yet is said, and stays. */
export async function finishInterrupted(store: PeopleStore, stateDirectory: string): Promise<void> {
  try {
    for (const result of await finishErasures(erasing(store, stateDirectory))) {
      printNote(
        'An erasure that was interrupted is finished now. Its receipt: vigil journal list --kind receipt',
      );
      sayFailures(result);
    }
  } catch (error) {
    printNote(`An erasure waits to be finished: ${error instanceof Error ? error.message : error}`);
  }
}

/** The same for whoever has no store open. */
export async function finishInterruptedIn(stateDirectory: string): Promise<void> {
  if (!hasErasures(stateDirectory)) return;
  using store = PeopleStore.open({
    directory: stateDirectory,
    wallClock: { nowUtcMs: () => Date.now() },
  });
  await finishInterrupted(store, stateDirectory);
}

/** What of an erasure could not be done (yet). */
export function sayFailures({ failed, scrubbed }: ErasureResult): void {
  for (const failure of failed) printNote(`could not delete ${failure}`);
  if (scrubbed) return;
  printNote(
    'The person is erased, but another vigil was reading or the disk is full: ' +
      'what is left on the disk is overwritten at the next start.',
  );
}
