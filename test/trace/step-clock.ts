import type { Clock, TimerId } from '../../hal/contract/clock.ts';

/** A clock that stands still until it is told to go on; timers fire at their time, in order. */
export class StepClock implements Pick<Clock, 'nowMs' | 'setTimeout' | 'clearTimeout'> {
  #nowMs = 0;
  #nextId = 1;
  readonly #timers = new Map<TimerId, { dueMs: number; callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    this.#timers.set(this.#nextId, { dueMs: this.#nowMs + delayMs, callback });
    return this.#nextId++;
  }

  clearTimeout(id: TimerId): void {
    this.#timers.delete(id);
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (true) {
      const due = [...this.#timers].filter(([, { dueMs }]) => dueMs <= endMs);
      const first = due.sort(([, a], [, b]) => a.dueMs - b.dueMs)[0];
      if (first === undefined) break;
      this.#timers.delete(first[0]);
      this.#nowMs = first[1].dueMs;
      first[1].callback();
    }
    this.#nowMs = endMs;
  }
}
