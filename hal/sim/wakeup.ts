/** Lets a stream's reader sleep until its twin has something for it, or until the reader's signal aborts. */
export class Wakeup {
  #resolve: (() => void) | undefined;

  /** Resolves at the next `wake`. One waits at a time. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  wake(): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.();
  }

  /** Wakes when the signal aborts, until the returned function is called: one listener a stream, not one a wait. */
  wakeOnAbort(signal: AbortSignal): () => void {
    const onAbort = () => this.wake();
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }
}
