import type { WallClock } from '../../../hal/contract/clock.ts';
import type { Asker } from '../../credentials/scopes.ts';
import { Journal } from '../../journal/journal.ts';
import { PeopleStore } from '../../people/store.ts';
import { carryOutErasure, type ErasureResult } from '../../runtime/erasure/carry-out.ts';
import { type ErasurePlaces, planErasure } from '../../runtime/erasure/plan.ts';
import { Problem } from './problem.ts';

/** What is stored of people and of what happened, opened when it is first asked for, on the thread of the page. */
export class Stores implements Disposable {
  readonly #wallClock: WallClock;
  readonly #keepsJournal: boolean;
  /** Where something of a person may be. */
  readonly places: ErasurePlaces;
  #people: PeopleStore | undefined;
  #journal: Journal | undefined;

  constructor(places: ErasurePlaces, keepsJournal: boolean, wallClock: WallClock) {
    this.places = places;
    this.#keepsJournal = keepsJournal;
    this.#wallClock = wallClock;
  }

  get people(): PeopleStore {
    this.#people ??= PeopleStore.open({ directory: this.places.stateDirectory, wallClock: this.#wallClock });
    return this.#people;
  }

  /** Throws Problem where none is kept. */
  get journal(): Journal {
    if (!this.#keepsJournal) throw new Problem(404, 'no journal is kept: set journal.enabled');
    this.#journal ??= Journal.open({ directory: this.places.stateDirectory });
    return this.#journal;
  }

  /** Journals what a program did to somebody's data, before it is done: what cannot be told is not done. */
  audit(action: string, { name }: Asker, subjectId: string | null): void {
    if (!this.#keepsJournal) return;
    const facts = { action, by: name, through: 'the API' };
    const utcMs = Math.round(this.#wallClock.nowUtcMs());
    this.journal.append([{ kind: 'audit', utcMs, facts, personal: { subjectId } }]);
  }

  /** Erases somebody wherever Vigil has put something of them, as `vigil people forget` does. */
  async erase(name: string, signal: AbortSignal): Promise<ErasureResult> {
    const { people: store, places } = this;
    const plan = await planErasure(store, name, { ...places, keepFiles: false }, signal);
    // What experiments keep on a PC is for the command.
    const erasing = { store, stateDirectory: places.stateDirectory, clearCaches: () => 0 };
    return await carryOutErasure(erasing, plan);
  }

  [Symbol.dispose](): void {
    this.#people?.close();
    this.#journal?.close();
  }
}
