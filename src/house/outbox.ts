import type { HouseEvent } from './event.ts';

/** Events that another thread has not taken yet; more are dropped. */
const mostUnderway = 2_000;

/** Events on their way to another thread, which says when it has taken them: a bounded number, since nobody waits. */
export class Outbox {
  readonly #post: (events: readonly HouseEvent[]) => void;
  readonly #batches: number[] = [];
  #underway = 0;
  #dropped = 0;

  constructor(post: (events: readonly HouseEvent[]) => void) {
    this.#post = post;
  }

  /** Events that were dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  send(events: readonly HouseEvent[]): void {
    if (this.#underway + events.length > mostUnderway) {
      this.#dropped += events.length;
      return;
    }
    this.#batches.push(events.length);
    this.#underway += events.length;
    this.#post(events);
  }

  /** The oldest batch has been taken. */
  taken(): void {
    this.#underway -= this.#batches.shift() ?? 0;
  }
}
