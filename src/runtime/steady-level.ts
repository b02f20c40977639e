import type { Clock, TimerId } from '../../hal/contract/clock.ts';

/** More changes than this within the window are no bouncing contact but a loose wire. */
const mostEdges = 20;
const windowMs = 2_000;

/** What is told of a level: that it was read afresh, that it changed and stays so, or that it changes without end. */
export type LevelTold =
  | { readonly told: 'read' | 'changed'; readonly on: boolean }
  | { readonly told: 'flapped' };

/** Takes the bouncing out of a contact: a level counts when it has lasted for a while. */
export class SteadyLevel {
  readonly #clock: Pick<Clock, 'nowMs' | 'setTimeout' | 'clearTimeout'>;
  readonly #settleMs: number;
  readonly #tell: (told: LevelTold) => void;
  #level = false;
  #steady = false;
  #edgesMs: number[] = [];
  #flapping = false;
  #timer: TimerId | undefined;

  constructor(
    clock: Pick<Clock, 'nowMs' | 'setTimeout' | 'clearTimeout'>,
    settleMs: number,
    tell: (told: LevelTold) => void,
  ) {
    this.#clock = clock;
    this.#settleMs = settleMs;
    this.#tell = tell;
  }

  /** The input was opened, and has this level. */
  read(on: boolean): void {
    this.stop();
    this.#edgesMs = [];
    this.#flapping = false;
    this.#level = on;
    this.#steady = on;
    this.#tell({ told: 'read', on });
  }

  edge(on: boolean): void {
    const nowMs = this.#clock.nowMs();
    this.#level = on;
    this.#edgesMs = [...this.#edgesMs.filter((atMs) => nowMs - atMs < windowMs), nowMs];
    if (this.#edgesMs.length > mostEdges && !this.#flapping) {
      this.#flapping = true;
      this.#tell({ told: 'flapped' });
    }
    this.stop();
    this.#timer = this.#clock.setTimeout(() => this.#settle(), this.#flapping ? windowMs : this.#settleMs);
  }

  /** Tells nothing more of what is not steady yet. */
  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #settle(): void {
    if (this.#flapping) this.read(this.#level);
    else if (this.#level !== this.#steady) {
      this.#steady = this.#level;
      this.#tell({ told: 'changed', on: this.#level });
    }
  }
}
