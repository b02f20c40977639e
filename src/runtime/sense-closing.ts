import type { Clock, TimerId, WallClock } from '../../hal/contract/clock.ts';
import type { ProgressSource, SenseClosed, SenseOpened } from '../../machines/events.ts';
import { type ClosableSense, type Closure, closableSenses, type PrivacySwitch } from './privacy-switch.ts';

/** How soon it is noticed that the time of day is known. */
const trustedPollMs = 10_000;

const senseBehind: Readonly<Record<ClosableSense, ProgressSource>> = {
  camera: 'vision',
  microphone: 'hearing',
};

interface Closed {
  timer: TimerId | undefined;
}

/**
 * Keeps senses closed for as long as was ordered. The time of an order that comes while this runs is counted on the
 * monotonic clock, which nobody sets. What is left of an older one only the time of day can tell: as long as that is
 * not known, the sense stays closed.
 */
export class SenseClosing {
  readonly #clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly #wallClock: WallClock;
  readonly #tell: (event: SenseClosed | SenseOpened) => void;
  readonly #closed = new Map<ClosableSense, Closed>();
  /** Of each sense the last order, also when its time is over. */
  readonly #orders = new Map<ClosableSense, string>();
  #started = false;

  constructor(
    clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
    wallClock: WallClock,
    tell: (event: SenseClosed | SenseOpened) => void,
  ) {
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#tell = tell;
  }

  /** What is ordered now; the first call tells of orders from before. The same order twice changes nothing. */
  follow(ordered: PrivacySwitch): void {
    for (const sense of closableSenses) {
      const order = ordered[sense];
      if (order === null) this.#open(sense);
      else if (this.#orders.get(sense) !== order.id) this.#close(sense, order);
      if (order === null) this.#orders.delete(sense);
    }
    this.#started = true;
  }

  /** No timer is left; nothing is told any more. */
  end(): void {
    for (const { timer } of this.#closed.values()) if (timer !== undefined) this.#clock.clearTimeout(timer);
    this.#closed.clear();
  }

  #close(sense: ClosableSense, order: Closure): void {
    const before = this.#closed.get(sense);
    if (before?.timer !== undefined) this.#clock.clearTimeout(before.timer);
    this.#orders.set(sense, order.id);
    const closed: Closed = { timer: undefined };
    this.#closed.set(sense, closed);
    if (before === undefined) this.#tell({ type: 'SENSE.CLOSED', sense: senseBehind[sense] });
    if (order.forMs === null) return;
    if (this.#started || order.atUtcMs === null) this.#openIn(sense, closed, order.forMs);
    else this.#openByTimeOfDay(sense, closed, order.atUtcMs, order.forMs);
  }

  #openByTimeOfDay(sense: ClosableSense, closed: Closed, atUtcMs: number, forMs: number): void {
    if (this.#wallClock.trusted) {
      // A clock that was set back makes it no longer than it was ordered.
      this.#openIn(sense, closed, Math.min(forMs, atUtcMs + forMs - this.#wallClock.nowUtcMs()));
      return;
    }
    closed.timer = this.#clock.setTimeout(
      () => this.#openByTimeOfDay(sense, closed, atUtcMs, forMs),
      trustedPollMs,
    );
  }

  #openIn(sense: ClosableSense, closed: Closed, leftMs: number): void {
    if (leftMs <= 0) this.#open(sense);
    else closed.timer = this.#clock.setTimeout(() => this.#open(sense), leftMs);
  }

  #open(sense: ClosableSense): void {
    const closed = this.#closed.get(sense);
    if (closed === undefined) return;
    if (closed.timer !== undefined) this.#clock.clearTimeout(closed.timer);
    this.#closed.delete(sense);
    this.#tell({ type: 'SENSE.OPENED', sense: senseBehind[sense] });
  }
}
