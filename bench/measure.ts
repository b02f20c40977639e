/** Milliseconds of one call, the median of `runs` after a warm-up, and the least. */
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
  times.sort((a, b) => a - b);
  return { median: times[runs >> 1]!, least: times[0]! };
}
