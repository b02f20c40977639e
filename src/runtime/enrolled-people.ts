/** Who is known in a simulation, by subject id. May change while a device runs. */
export class EnrolledPeople {
  #subjects: readonly string[];
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
    this.#set(this.#subjects.filter((other) => other !== subject));
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
