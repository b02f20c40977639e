import type { Clock, TimerId } from '../../hal/contract/clock.ts';

/**
 * Notices that something awaited again and again does not come. A driver should by itself; this does when it does
 * not. One timer for many waits: it is set anew only when it fires.
 */
export class WaitLimit {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onExceeded: () => void;
  #sinceMs: number | null = null;
  #timer: TimerId | undefined;

  constructor(clock: Clock, limitMs: number, onExceeded: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onExceeded = onExceeded;
    this.#check();
  }

  /** Something is awaited from now on. */
  begin(): void {
    this.#sinceMs = this.#clock.nowMs();
  }

  /** It came. */
  end(): void {
    this.#sinceMs = null;
  }

  close(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
  }

  #check(): void {
    const waitedMs = this.#sinceMs === null ? 0 : this.#clock.nowMs() - this.#sinceMs;
    if (waitedMs >= this.#limitMs) {
      this.#timer = undefined;
      this.#onExceeded();
      return;
    }
    this.#timer = this.#clock.setTimeout(() => this.#check(), this.#limitMs - waitedMs);
  }
}
