import { dlopen } from 'bun:ffi';
import { existsSync } from 'node:fs';
import { type Clock, sleepOn, type TimerId, type WallClock } from '../contract/clock.ts';

/** The longest delay a platform timer takes: 2^31 - 1 ms, some 25 days. A longer one fires at once there. */
const maxTimerMs = 0x7fffffff;

/**
 * The machine's monotonic clock, in milliseconds since the process started, in whole microseconds: what a trace
 * writes of a time is then the whole of it. A timer never fires early.
 */
export class SystemClock implements Clock {
  readonly #timers = new Map<TimerId, ReturnType<typeof setTimeout>>();
  #nextId: TimerId = 1;

  nowMs(): number {
    return Math.round(performance.now() * 1_000) / 1_000;
  }

  /** A negative delay counts as 0. Throws RangeError for NaN and infinity, which no timer can mean. */
  setTimeout(callback: () => void, delayMs: number): TimerId {
    if (!Number.isFinite(delayMs)) throw new RangeError(`a timer's delay must be finite, not ${delayMs}`);
    const id = this.#nextId++;
    this.#arm(id, callback, this.nowMs() + delayMs);
    return id;
  }

  clearTimeout(id: TimerId): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal);
  }

  track<T>(work: Promise<T>): Promise<T> {
    return work;
  }

  #arm(id: TimerId, callback: () => void, dueMs: number): void {
    // Whole milliseconds, rounded up: the platform truncates the delay and would fire early.
    const restMs = Math.min(Math.max(Math.ceil(dueMs - this.nowMs()), 0), maxTimerMs);
    this.#timers.set(
      id,
      setTimeout(() => {
        if (this.nowMs() < dueMs) return this.#arm(id, callback, dueMs);
        this.#timers.delete(id);
        callback();
      }, restMs),
    );
  }
}

/** Set by systemd-timesyncd when it has set the clock since boot. */
const timesyncFile = '/run/systemd/timesync/synchronized';

/** The machine's time of day. */
export class SystemWallClock implements WallClock {
  nowUtcMs(): number {
    return Date.now();
  }

  /**
   * True when the kernel says that the clock is disciplined (any NTP daemon tells it so), or systemd-timesyncd has
   * set it since boot. A board without a battery-backed clock starts untrusted. False where neither can be asked.
   */
  get trusted(): boolean {
    return kernelClockSynchronised() || existsSync(timesyncFile);
  }
}

let adjtimex: ((timex: Uint8Array) => number) | undefined | null = null;

/** adjtimex(2): 5 is TIME_ERROR, "the clock is not synchronised"; 0 to 4 are states of a synchronised clock. */
function kernelClockSynchronised(): boolean {
  if (adjtimex === null) adjtimex = loadAdjtimex();
  if (adjtimex === undefined) return false;
  const timex = new Uint8Array(256); // struct timex is 208 bytes on 64-bit Linux; modes = 0 only reads
  const state = adjtimex(timex);
  return state >= 0 && state < 5;
}

/** The call in the C library; undefined off Linux and where Bun runs without its JIT, which its FFI needs. */
function loadAdjtimex(): ((timex: Uint8Array) => number) | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return dlopen('libc.so.6', { adjtimex: { args: ['ptr'], returns: 'i32' } }).symbols.adjtimex;
  } catch {
    return undefined;
  }
}
