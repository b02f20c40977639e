/** Mistakes in a row that cost nothing: a person may paste the wrong line. */
const freeMistakes = 3;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** Addresses that are remembered; the one that has been quiet for the longest goes. */
const mostAddresses = 1_024;

interface Guesses {
  readonly mistakes: number;
  readonly closedUntilMs: number;
}

/**
 * Makes whoever guesses wait, twice as long each time, by where they are: others may try meanwhile. A try counts as a
 * mistake until it turns out right, so that many at once gain nothing.
 */
export class GuessLimit {
  readonly #nowMs: () => number;
  readonly #guesses = new Map<string, Guesses>();

  /** Time that is never set. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** How long nobody may try from this address; 0: now, and that try is counted. */
  begin(address: string): number {
    const place = networkOf(address);
    const nowMs = this.#nowMs();
    const before = this.#guesses.get(place);
    if (before !== undefined && nowMs < before.closedUntilMs) return before.closedUntilMs - nowMs;
    const mistakes = (before?.mistakes ?? 0) + 1;
    const further = mistakes - freeMistakes;
    const waitMs = further < 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** further);
    this.#guesses.delete(place);
    this.#guesses.set(place, { mistakes, closedUntilMs: nowMs + waitMs });
    const [quietest] = this.#guesses.keys();
    if (this.#guesses.size > mostAddresses && quietest !== undefined) this.#guesses.delete(quietest);
    return 0;
  }

  /** The try was right. */
  succeeded(address: string): void {
    this.#guesses.delete(networkOf(address));
  }
}

/** Whoever has an address of IPv6 has 2^64 of them. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  return address.split(':').slice(0, 4).join(':');
}
