import type { WallClock } from '../../../hal/contract/clock.ts';
import type { Asker } from '../../credentials/scopes.ts';
import { Journal, type JournalErasure } from '../../journal/journal.ts';
import { PeopleStore } from '../../people/store.ts';
import { Problem } from './problem.ts';

/** What is stored of people and of what happened, opened when it is first asked for, on the thread of the page. */
export class Stores implements Disposable {
  readonly #directory: string;
  readonly #wallClock: WallClock;
  readonly #keepsJournal: boolean;
  #people: PeopleStore | undefined;
  #journal: Journal | undefined;

  constructor(directory: string, keepsJournal: boolean, wallClock: WallClock) {
    this.#directory = directory;
    this.#keepsJournal = keepsJournal;
    this.#wallClock = wallClock;
  }

  get people(): PeopleStore {
    this.#people ??= PeopleStore.open({ directory: this.#directory, wallClock: this.#wallClock });
    return this.#people;
  }

  /** Throws Problem where none is kept. */
  get journal(): Journal {
    if (!this.#keepsJournal) throw new Problem(404, 'no journal is kept: set journal.enabled');
    this.#journal ??= Journal.open({ directory: this.#directory });
    return this.#journal;
  }

  /** Journals what a program did to somebody's data, before it is done: what cannot be told is not done. */
  audit(action: string, { name }: Asker, subjectId: string | null): void {
    if (!this.#keepsJournal) return;
    const facts = { action, by: name, through: 'the API' };
    const utcMs = Math.round(this.#wallClock.nowUtcMs());
    this.journal.append([{ kind: 'audit', utcMs, facts, personal: { subjectId } }]);
  }

  /** Takes a person out of the journal, where one is kept. */
  forgetInJournal(subjectId: string): JournalErasure | undefined {
    return this.#keepsJournal
      ? this.journal.forget(subjectId, Math.round(this.#wallClock.nowUtcMs()))
      : undefined;
  }

  [Symbol.dispose](): void {
    this.#people?.close();
    this.#journal?.close();
  }
}
