/** The value below which `share` (0 to 1) of the values lie: nearest rank. NaN for none. */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export function median(values: Iterable<number>): number {
  return percentile(values, 0.5);
}

/** Milliseconds of one call: the median and the least of `runs` after a warm-up. */
export async function medianMs(
  call: () => unknown,
  runs = 60,
  warmUp = 20,
): Promise<{ median: number; least: number }> {
  for (let i = 0; i < warmUp; i++) await call();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  return { median: median(times), least: percentile(times, 0) };
}
