import { openSync, readSync } from 'node:fs';

const scratch = new Uint8Array(128);
let schedstat: number | undefined;

/**
 * For how long the main thread was ready and had no processor, since it began, in milliseconds: Linux counts it.
 * Leaves no garbage behind: collecting that would be a gap of our own.
 */
export function waitedForProcessorMs(): number {
  schedstat ??= openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const length = readSync(schedstat, scratch, 0, scratch.length, 0);
  let at = scratch.indexOf(0x20) + 1; // the second of three numbers, in nanoseconds
  let waitedNs = 0;
  for (; at < length && scratch[at] !== 0x20; at++) waitedNs = waitedNs * 10 + scratch[at]! - 0x30;
  return waitedNs / 1e6;
}
