import { Journal } from '../journal/journal.ts';

/** Journals what a person did through the page, on its thread. */
export class Audits {
  readonly #directory: string | null;

  /** `directory` is where the journal is kept; null where none is. */
  constructor(directory: string | null) {
    this.#directory = directory;
  }

  /** A journal that cannot be written must not keep anybody from the page; the device itself says that it fails. */
  write(action: string, by: string, subjectId: string | null = null): void {
    if (this.#directory === null) return;
    try {
      using journal = Journal.open({ directory: this.#directory });
      const facts = { action, by, through: 'the page' };
      journal.append([{ kind: 'audit', utcMs: Date.now(), facts, personal: { subjectId } }]);
    } catch {
      // Said by whoever keeps the journal.
    }
  }
}
