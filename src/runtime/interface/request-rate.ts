import type { Clock } from '../../../hal/contract/clock.ts';

/** Lets so many requests through at once, and then so many a second (a token bucket). */
export class RequestRate {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #atOnce: number;
  readonly #perSecond: number;
  #left: number;
  #lastMs: number;

  constructor(clock: Pick<Clock, 'nowMs'>, limits: { readonly atOnce: number; readonly perSecond: number }) {
    this.#clock = clock;
    this.#atOnce = limits.atOnce;
    this.#perSecond = limits.perSecond;
    this.#left = limits.atOnce;
    this.#lastMs = clock.nowMs();
  }

  /** Whether one more may pass now; it then counts. */
  take(): boolean {
    const nowMs = this.#clock.nowMs();
    const gained = ((nowMs - this.#lastMs) / 1_000) * this.#perSecond;
    this.#left = Math.min(this.#atOnce, this.#left + gained);
    this.#lastMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
