export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  /** Skipped tests, and those that are still to be written. */
  readonly skipped: number;
}

/**
 * Reads the summary that `bun test` ends with: lines such as ` 12 pass` and ` 1 fail`, then `Ran 13 tests across
 * 2 files.` A file that does not load is counted there as a failure. Undefined where there is no summary.
 */
export function readTotals(output: string): TestTotals | undefined {
  // The escape character begins terminal colours.
  const lines = output.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '').split('\n');
  const end = lines.findLastIndex((line) => /^Ran \d+ tests? across \d+ files?\./.test(line));
  if (end === -1) return undefined;
  const counts = new Map<string, number>();
  for (let i = end - 1; i >= 0; i--) {
    const [, count, word] = /^\s*(\d+) (\S.*?)\s*$/.exec(lines[i] ?? '') ?? [];
    if (count === undefined || word === undefined) break;
    counts.set(word, Number(count));
  }
  return {
    passed: counts.get('pass') ?? 0,
    failed: counts.get('fail') ?? 0,
    skipped: (counts.get('skip') ?? 0) + (counts.get('todo') ?? 0),
  };
}
