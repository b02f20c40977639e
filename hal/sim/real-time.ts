/**
 * The only real time in the simulation. It is about the process that simulates, not about the simulated device: a
 * virtual clock has to let JavaScript's own queues run empty, and to give up on work that never ends.
 */
import { drainMicrotasks } from 'bun:jsc';

/**
 * Runs every promise chain (and `process.nextTick`) as far as it goes without a timer or the world outside.
 * The engine's own call, where one would else wait for the next macrotask: a third of the time for each step.
 */
export const runMicrotasks: () => void = drainMicrotasks;

/** Lets the event loop turn once: signals, messages and finished reads come in. */
export function eventLoopTurned(): Promise<void> {
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
