import { createInterface } from 'node:readline/promises';
import { UsageError } from './command.ts';

/**
 * Asks on the terminal; only `y` or `yes` is yes. Without a terminal throws UsageError with `unattended`, which says
 * what to give in place of an answer.
 */
export async function confirmed(question: string, unattended: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(unattended);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // The end of the input (Ctrl-D) is no answer, and would leave the question open.
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), ended]);
    return /^y(es)?$/iu.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** Tells a person at the terminal what to do, and waits until they say that it is done. Without one throws UsageError. */
export async function askedForDone(what: string, signal: AbortSignal): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `nobody sits at a terminal who could do this: ${what}; leave it out with --unattended`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    await terminal.question(`${what} [Enter when it is so] `, { signal });
  } finally {
    terminal.close();
  }
}
