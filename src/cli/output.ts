import { once } from 'node:events';

/** One line for people or, with `--json`, for programs. */
export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON object on a line of its own: the only thing that `--json` prints on standard output. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Waits while whoever reads standard output is slow, so that what is printed does not pile up in memory. */
export async function printed(signal: AbortSignal): Promise<void> {
  if (!process.stdout.writableNeedDrain) return;
  await once(process.stdout, 'drain', { signal }).catch(() => undefined);
}

/** Progress, warnings and logs: never on standard output. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}
