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

/** Follows who is known, now and after every change of the store. */
export class PeopleFollower {
  readonly #options: PeopleFollowerOptions;
  #store: PeopleStore | undefined;
  #people: KnownPeople = new Map();

  constructor(options: PeopleFollowerOptions) {
    this.#options = options;
  }

  /** Looks at once where somebody is spoken of who was enrolled a moment ago. */
  lookFor(person: string | null): void {
    if (person === null || this.#people.has(person)) return;
    try {
      if (this.#store?.nameOf(person) !== undefined) this.#tell(this.#store);
    } catch {
      // The store cannot be read now; it is looked at again soon.
    }
  }

  /**
   * Until the signal is aborted. A store that cannot be opened is tried again; until then nothing is told. Never rejects.
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { directory, clock, wallClock } = this.#options;
    while (!signal.aborted) {
      try {
        using store = PeopleStore.open({ directory, wallClock });
        this.#store = store;
        this.#tell(store);
        for await (const _ of store.changes(clock, signal, pollMs)) this.#tell(store);
      } catch {
        // Locked or damaged: the device itself says so, and goes on with whom it knows.
        this.#store = undefined;
        await clock.sleep(pollMs, signal).catch(() => undefined);
      }
    }
  }

  #tell(store: PeopleStore): void {
    this.#people = new Map(store.people().map(({ subjectId, name }) => [subjectId, name]));
    this.#options.onPeople(this.#people);
  }
}

interface PeopleFollowerOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly onPeople: (people: KnownPeople) => void;
}
