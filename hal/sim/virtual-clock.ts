import { type Clock, sleepOn, type TimerId, type WallClock } from '../contract/clock.ts';
import type { FaultBoard } from './faults.ts';
import { eventLoopTurned, runMicrotasks, settledWithin } from './real-time.ts';
import { TimerHeap } from './timer-heap.ts';

/** Firings at one instant after which time is taken to stand still: a timer that re-arms itself with 0 ms. */
const mostFiringsAtOneInstant = 100_000;
/** After so many firings the event loop may turn, so that a long run can be interrupted (SIGINT). */
const firingsPerTurn = 2_048;

/** Something that has left the event loop and that time waits for. */
interface TrackedWork {
  readonly settled: Promise<unknown>;
  readonly sinceMs: number;
}

/**
 * Simulated time that steps from deadline to deadline: settle, fire the earliest timer (ties: in the order they
 * were set), settle, and so on. Every timer fires at exactly its own time, however they are chained, so that two
 * runs with the same inputs are the same run. Drives XState machines as well (`createActor(m, { clock })`).
 *
 * ```ts
 * const clock = new VirtualClock();
 * const lamp = clock.sleep(3_000).then(() => 'off');
 * await clock.runFor(3_000);
 * ```
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #nextId: TimerId = 1;
  #timers = new TimerHeap();
  #tracked = new Set<TrackedWork>();
  #running = false;
  readonly #workLimitMs: number;

  /** `workLimitMs`: real milliseconds after which tracked work is taken to hang (default 30 s). */
  constructor(options: { startMs?: number; workLimitMs?: number } = {}) {
    this.#nowMs = options.startMs ?? 0;
    this.#workLimitMs = options.workLimitMs ?? 30_000;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** A negative delay counts as 0. Throws RangeError for NaN and infinity, which no timer can mean. */
  setTimeout(callback: () => void, delayMs: number): TimerId {
    if (!Number.isFinite(delayMs)) throw new RangeError(`a timer's delay must be finite, not ${delayMs}`);
    const id = this.#nextId++;
    this.#timers.add({ id, dueMs: this.#nowMs + Math.max(0, delayMs), callback });
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#timers.cancel(id);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  track<T>(work: Promise<T>, declaredMs?: number): Promise<T> {
    const entry: TrackedWork = { settled: work, sinceMs: this.#nowMs };
    this.#tracked.add(entry);
    const untrack = () => {
      this.#tracked.delete(entry);
    };
    work.then(untrack, untrack);
    if (declaredMs === undefined) return work;
    return new Promise((resolve) => {
      this.setTimeout(() => resolve(work), declaredMs);
    });
  }

  /** Timers that are set and have not fired. After everything was closed it is 0, or something leaked. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /**
   * Lets everything happen that can happen now: promise chains and tracked work. Rejects when tracked work does
   * not end within the real-time limit.
   */
  async settle(): Promise<void> {
    runMicrotasks();
    while (this.#tracked.size > 0) {
      const [oldest] = this.#tracked;
      if (oldest !== undefined && !(await settledWithin(oldest.settled, this.#workLimitMs))) {
        throw new Error(
          `tracked work hangs: ${this.#tracked.size} not finished, the oldest since ${oldest.sinceMs} ms of ` +
            `simulated time, waited ${this.#workLimitMs} ms of real time`,
        );
      }
      runMicrotasks();
    }
  }

  /** Runs until `tMs`, timers due at `tMs` included. An error thrown by a timer's callback ends the run with it. */
  async runUntil(tMs: number): Promise<void> {
    if (!(tMs >= this.#nowMs)) throw new RangeError(`cannot run back from ${this.#nowMs} ms to ${tMs} ms`);
    await this.#run(tMs, () => false);
    this.#nowMs = tMs;
  }

  /** Runs for `ms` from now. */
  runFor(ms: number): Promise<void> {
    return this.runUntil(this.#nowMs + ms);
  }

  /**
   * Runs until `promise` is settled and gives its result. Rejects when it is not settled within `limitMs` of
   * simulated time, or when nothing is left that could settle it: no timer and no tracked work.
   */
  async runUntilSettled<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    await this.#run(this.#nowMs + limitMs, () => settled);
    if (settled) return promise;
    if (this.#timers.size === 0) {
      throw new Error(
        `at ${this.#nowMs} ms nothing is left to happen: the promise waits for work the clock does not track`,
      );
    }
    throw new Error(`not settled within ${limitMs} ms of simulated time (now ${this.#nowMs} ms)`);
  }

  async #run(endMs: number, done: () => boolean): Promise<void> {
    if (this.#running) throw new Error('the clock is running already: one run at a time');
    this.#running = true;
    try {
      let firings = 0;
      let turns = 0;
      // What the caller began before it called comes first.
      await eventLoopTurned();
      await this.settle();
      while (!done()) {
        const dueMs = this.#timers.nextDueMs();
        if (dueMs === undefined || dueMs > endMs) break;
        firings = dueMs > this.#nowMs ? 1 : firings + 1;
        if (firings > mostFiringsAtOneInstant) {
          throw new Error(`time stands still at ${this.#nowMs} ms: timers are set with 0 ms without end`);
        }
        this.#nowMs = Math.max(this.#nowMs, dueMs);
        this.#timers.take()?.callback();
        runMicrotasks();
        if (this.#tracked.size > 0) await this.settle();
        if (++turns % firingsPerTurn === 0) await eventLoopTurned();
      }
    } finally {
      this.#running = false;
    }
  }
}

/** Simulated time of day: moves with the monotonic clock, and jumps when it is told to. */
export class VirtualWallClock implements WallClock {
  readonly #clock: Clock;
  readonly #faults: FaultBoard | undefined;
  #offsetMs: number;
  #synchronised: boolean;

  constructor(clock: Clock, options: { startUtcMs: number; trusted?: boolean; faults?: FaultBoard }) {
    this.#clock = clock;
    this.#faults = options.faults;
    this.#offsetMs = options.startUtcMs - clock.nowMs();
    this.#synchronised = options.trusted ?? true;
    options.faults?.subscribe((fault, active) => {
      if (fault.fault === 'wall-clock-jump' && active) this.jumpBy(fault.byMs);
    });
  }

  nowUtcMs(): number {
    return this.#offsetMs + this.#clock.nowMs();
  }

  get trusted(): boolean {
    return this.#synchronised && this.#faults?.find('wall-clock-untrusted') === undefined;
  }

  set trusted(value: boolean) {
    this.#synchronised = value;
  }

  /** What time of day it is, and whether the system says that it is right. What is not given stays. */
  set({ utcMs, trusted }: { readonly utcMs?: number; readonly trusted?: boolean }): void {
    if (utcMs !== undefined) this.jumpBy(utcMs - this.nowUtcMs());
    if (trusted !== undefined) this.trusted = trusted;
  }

  /** Sets the time of day forward (or back, negative), as a person or a time server does. */
  jumpBy(ms: number): void {
    this.#offsetMs += ms;
  }
}
