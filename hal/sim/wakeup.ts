/** Lets a stream's reader sleep until its twin has something for it, or until the reader's signal aborts. */
export class Wakeup {
  #resolve: (() => void) | undefined;

  /** Resolves at the next `wake`; rejects with `signal.reason` when aborted. One waits at a time. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        this.#resolve = undefined;
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#resolve = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
    });
  }

  wake(): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.();
  }
}
