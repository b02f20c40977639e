import type { Terms } from '../decide/standing.ts';

/** Who is known in a simulation, by subject id. May change while a device runs. */
export class EnrolledPeople {
  #subjects: readonly string[];
  readonly #terms = new Map<string, Terms>();
  readonly #listeners = new Set<() => void>();

  constructor(subjects: readonly string[]) {
    this.#subjects = subjects;
  }

  get subjects(): readonly string[] {
    return this.#subjects;
  }

  add(subject: string): void {
    this.#set([...this.#subjects.filter((other) => other !== subject), subject]);
  }

  remove(subject: string): void {
    this.#terms.delete(subject);
    this.#set(this.#subjects.filter((other) => other !== subject));
  }

  /** What was agreed with somebody; undefined: let in at any time. */
  termsOf(subject: string): Terms | undefined {
    return this.#terms.get(subject);
  }

  /** Agrees on other terms with somebody; what is not given stays. Throws RangeError for whoever is not enrolled. */
  agree(subject: string, terms: Partial<Terms>): void {
    if (!this.#subjects.includes(subject)) throw new RangeError(`${subject} is not enrolled`);
    const before = this.#terms.get(subject) ?? { disabled: false, hours: null, lastDay: null };
    this.#terms.set(subject, { ...before, ...terms });
  }

  /** Calls back after every change, until the signal is aborted. */
  watch(changed: () => void, signal: AbortSignal): void {
    this.#listeners.add(changed);
    signal.addEventListener('abort', () => this.#listeners.delete(changed), { once: true });
  }

  #set(subjects: readonly string[]): void {
    this.#subjects = subjects;
    for (const listener of this.#listeners) listener();
  }
}
