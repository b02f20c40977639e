import { OnnxSession } from '../../src/models/session.ts';

/** Counts the time inside the networks from now on, so that the rest can be told from it. */
export function countNetworkTime(): { readonly totalMs: number } {
  const count = { totalMs: 0 };
  const run = OnnxSession.prototype.run;
  OnnxSession.prototype.run = async function timed(pictures) {
    const start = performance.now();
    try {
      return await run.call(this, pictures);
    } finally {
      count.totalMs += performance.now() - start;
    }
  };
  return count;
}
