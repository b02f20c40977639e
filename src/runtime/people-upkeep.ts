import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import type { VigilConfig } from '../config/schema.ts';
import { Journal } from '../journal/journal.ts';
import type { PeopleStore } from '../people/store.ts';
import { carryOutErasure, type ErasureResult } from './erasure/carry-out.ts';
import { type ErasurePlaces, planErasure } from './erasure/plan.ts';
import { localTimeIn } from './standings.ts';

const dayMs = 86_400_000;
/** A consent ends with a day, so an hour late is soon enough. */
const everyMs = 3_600_000;
/** How soon it is noticed that the time of day was set. */
const trustedPollMs = 60_000;

/** What the erasure of somebody whose consent has expired needs beside the store, and who hears of it. */
export interface UpkeepCallbacks {
  /** Empties what experiments keep of everybody's pictures; gives how many results that were. */
  readonly clearCaches: () => number;
  readonly onErased: (result: ErasureResult) => void;
  readonly onError: (error: unknown) => void;
}

export interface PeopleUpkeep extends UpkeepCallbacks {
  readonly config: VigilConfig;
  readonly store: PeopleStore;
  readonly places: ErasurePlaces;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Of the system; the configuration may name another. */
  readonly timeZone: string;
}

/**
 * Erases everybody whose consent has expired, wholly, and lets go of old history, now and every hour until the signal
 * is aborted. Only while the time of day is trusted: a clock that is wrong by years would erase everybody.
 */
export async function keepPeople(upkeep: PeopleUpkeep, signal: AbortSignal): Promise<void> {
  const { clock, wallClock, onError } = upkeep;
  try {
    for (;;) {
      while (!wallClock.trusted) await clock.sleep(trustedPollMs, signal);
      try {
        await tidy(upkeep, signal);
      } catch (error) {
        signal.throwIfAborted();
        onError(error);
      }
      await clock.sleep(everyMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) onError(error);
  }
}

async function tidy(upkeep: PeopleUpkeep, signal: AbortSignal): Promise<void> {
  const { config, store, places, wallClock, timeZone, clearCaches, onErased } = upkeep;
  const { stateDirectory } = places;
  const nowUtcMs = wallClock.nowUtcMs();
  const today = localTimeIn(config.device.timeZone ?? timeZone)(nowUtcMs).date;
  for (const { name, consent } of store.people()) {
    // Dates of this form are in the order of their letters.
    if (consent === null || consent.expiresOn === null || consent.expiresOn >= today) continue;
    const plan = await planErasure(store, name, { ...places, keepFiles: false }, signal);
    onErased(await carryOutErasure({ store, stateDirectory, clearCaches }, plan));
    using journal = Journal.open({ directory: stateDirectory });
    const action = 'erased a person whose consent had expired';
    const facts = { action, by: 'the device', through: 'the device' };
    journal.append([{ kind: 'audit', utcMs: nowUtcMs, facts, personal: { subjectId: null } }]);
  }
  store.pruneHistory(nowUtcMs - config.people.historyDays * dayMs);
}
