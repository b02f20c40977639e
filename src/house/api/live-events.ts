import type { HouseEvent } from '../event.ts';

/** What a listener that lost its connection can be told again. */
const mostRecent = 256;
export const mostListeners = 16;

type Listener = (event: HouseEvent) => void;

/** The newest events, what they come to, and who listens. */
export class LiveEvents {
  readonly #recent: HouseEvent[] = [];
  readonly #listeners = new Set<Listener>();
  readonly #failing = new Map<string, string | null>();
  #state = 'starting';

  /** What the device is at, and which parts of it fail. */
  get health(): { state: string; problem: boolean; failing: { part: string; kind: string | null }[] } {
    const failing = [...this.#failing].map(([part, kind]) => ({ part, kind }));
    const problem = failing.length > 0 || this.#state === 'fault' || this.#state === 'safe';
    return { state: this.#state, problem, failing };
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  tell(event: HouseEvent): void {
    if (event.type === 'state') this.#state = event.state;
    if (event.type === 'fault') {
      if (event.over) this.#failing.delete(event.part);
      else this.#failing.set(event.part, event.kind);
    }
    this.#recent.push(event);
    if (this.#recent.length > mostRecent) this.#recent.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** What came after the event of that id; all that is remembered where it is not known, as after a restart. */
  after(id: string | null): readonly HouseEvent[] {
    const at = this.#recent.findIndex((event) => event.id === id);
    return id === null ? [] : this.#recent.slice(at + 1);
  }

  /** Calls `listener` with whatever happens from now on. Returns what ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
