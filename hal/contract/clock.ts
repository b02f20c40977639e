/**
 * Monotonic time in milliseconds. A superset of the clock XState takes, so that one clock drives drivers and
 * machines alike. `nowMs` never goes backwards and has no relation to the time of day.
 */
export interface Clock {
  nowMs(): number;
  setTimeout(callback: () => void, delayMs: number): TimerId;
  clearTimeout(id: TimerId): void;
  /** Resolves after `delayMs`, or rejects with `signal.reason` at once when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Tells the clock that `work` leaves the event loop (a Worker, a file, a child process). A virtual clock does
   * not move on before it has settled; a real clock ignores it. Returns `work`.
   *
   * `declaredMs` is the time the work is charged in virtual time: the result is held back until then.
   */
  track<T>(work: Promise<T>, declaredMs?: number): Promise<T>;
}

/** An opaque timer handle. XState's own clock type wants `any`; ours is a number everywhere. */
export type TimerId = number;

/** Time of day, for hours, expiry and the journal. Never for measuring how long something takes. */
export interface WallClock {
  nowUtcMs(): number;
  /** False until the system says that its clock is synchronised. */
  readonly trusted: boolean;
}

/** `Clock.sleep` for a clock that has timers. */
export function sleepOn(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  delayMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      clock.clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
