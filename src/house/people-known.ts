import type { Clock, WallClock } from '../../hal/contract/clock.ts';
import { PeopleStore } from '../people/store.ts';
import type { HouseEvent } from './event.ts';

/** How soon it is noticed that somebody was enrolled, renamed or erased. */
const pollMs = 2_000;

/** People by the id that stands for them, with their names. */
export type KnownPeople = ReadonlyMap<string, string>;

/** The event with the name of whom it speaks of, where that one is known. */
export function withName(event: HouseEvent, people: KnownPeople): HouseEvent & { readonly name?: string } {
  const name = 'person' in event && event.person !== null ? people.get(event.person) : undefined;
  return name === undefined ? event : { ...event, name };
}

/**
 * Tells who is known, now and after every change of the store, until the signal is aborted. A store that cannot be
 * opened is tried again; until then nothing is told. Never rejects.
 */
export async function followPeople(
  options: { readonly directory: string; readonly clock: Clock; readonly wallClock: WallClock },
  onPeople: (people: KnownPeople) => void,
  signal: AbortSignal,
): Promise<void> {
  const { directory, clock, wallClock } = options;
  while (!signal.aborted) {
    try {
      using store = PeopleStore.open({ directory, wallClock });
      const tell = () => onPeople(new Map(store.people().map(({ subjectId, name }) => [subjectId, name])));
      tell();
      for await (const _ of store.changes(clock, signal, pollMs)) tell();
    } catch {
      // Locked or damaged: the device itself says so, and goes on with whom it knows.
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  }
}
