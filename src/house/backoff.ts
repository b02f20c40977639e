const firstMs = 1_000;
const longestMs = 60_000;

/** Waits between tries, each twice as long as the one before, with a random part so that not all come back at once. */
export class Backoff {
  readonly #draw: () => number;
  #tries = 0;

  /** `draw` gives numbers from 0 to below 1. */
  constructor(draw: () => number) {
    this.#draw = draw;
  }

  /** How long to wait before the next try: 0.5 to 1.5 times a second at first, half a minute to a minute in the end. */
  nextMs(): number {
    const ms = firstMs * 2 ** Math.min(this.#tries++, 16);
    return Math.min(longestMs, ms * (0.5 + this.#draw()), longestMs * (0.5 + this.#draw() / 2));
  }

  reset(): void {
    this.#tries = 0;
  }
}
