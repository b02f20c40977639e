/** Values on each side of the middle of a window. */
export const medianReach = 15;
const window = 2 * medianReach + 1;

const sorted = new Float64Array(window);

/**
 * The median of each 31 neighbours in turn.
 *
 * The window is kept sorted: the value that leaves is overwritten, and the one that comes moves to its place past those
 * in between, ten of them on average.
 *
 * @param padded `count` + 30 values, none NaN.
 * @param out receives `count` medians: the i-th is that of padded[i] to padded[i + 30].
 */
export function slidingMedians(padded: Float64Array, count: number, out: Float64Array): void {
  sorted.set(padded.subarray(0, window));
  sorted.sort();
  out[0] = sorted[medianReach]!;
  for (let i = 1; i < count; i++) {
    const leaves = padded[i - 1]!;
    const comes = padded[i + window - 1]!;
    let at = 0;
    // Half-interval search without a branch that could be foreseen wrongly: 31 values are five halvings.
    if (sorted[15]! < leaves) at = 16;
    if (sorted[at + 7]! < leaves) at += 8;
    if (sorted[at + 3]! < leaves) at += 4;
    if (sorted[at + 1]! < leaves) at += 2;
    if (sorted[at]! < leaves) at += 1;
    if (comes > leaves) {
      for (; at < window - 1; at++) {
        const next = sorted[at + 1]!;
        if (next >= comes) break;
        sorted[at] = next;
      }
    } else {
      for (; at > 0; at--) {
        const next = sorted[at - 1]!;
        if (next <= comes) break;
        sorted[at] = next;
      }
    }
    sorted[at] = comes;
    out[i] = sorted[medianReach]!;
  }
}
