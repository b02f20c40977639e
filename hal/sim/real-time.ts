/**
 * The only real time in the simulation. Both uses are about the process that simulates, not about the simulated
 * device: a virtual clock has to let JavaScript's own queues run empty, and to give up on work that never ends.
 */

/**
 * Resolves when the microtask queue has run empty: an engine starts the next macrotask only then, so that every
 * promise chain that can move without a timer or tracked work has moved.
 */
export function microtasksDrained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Whether `work` settled within `limitMs` of real time. Never rejects. */
export function settledWithin(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), limitMs);
    const done = () => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(done, done);
  });
}
