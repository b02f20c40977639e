import { createInterface } from 'node:readline/promises';
import { untilAborted } from '../../hal/contract/abort.ts';
import { UsageError } from './command.ts';
import { printNote } from './output.ts';

/** Somebody who answers questions; each comes with the answer that is proposed. */
export interface Asker {
  /** What they say, without the spaces around it; the proposal where they say nothing. */
  ask(question: string, proposal: string): Promise<string>;
  /** Whether this one can see a lamp. */
  readonly present: boolean;
}

/** Takes every proposal. */
export const takesProposals: Asker = {
  ask: async (_, proposal) => proposal,
  present: false,
};

/**
 * Asks on the terminal, or reads an answer a line from standard input where that is none. The end of the input is no
 * answer: throws UsageError.
 */
export function personAsker(signal: AbortSignal): Asker & Disposable {
  const piped = process.stdin.isTTY ? undefined : createInterface({ input: process.stdin });
  const lines = piped?.[Symbol.asyncIterator]();
  const read = async (question: string): Promise<string | undefined> => {
    if (lines === undefined) return await askOnTerminal(question, signal);
    process.stderr.write(`${question}\n`);
    const line = await untilAborted(lines.next(), signal);
    return line.done === true ? undefined : line.value;
  };
  return {
    present: true,
    async ask(question, proposal) {
      signal.throwIfAborted();
      const answer = await read(`${question}${proposal === '' ? '' : ` [${proposal}]`} `);
      if (answer === undefined) {
        throw new UsageError('the answers ended before the questions; nothing was written');
      }
      return answer.trim() || proposal;
    },
    [Symbol.dispose]: () => piped?.close(),
  };
}

/** Undefined for the end of the input (Ctrl-D). What is asked in another way meanwhile finds the terminal free. */
async function askOnTerminal(question: string, signal: AbortSignal): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<undefined>((resolve) => terminal.once('close', () => resolve(undefined)));
    return await Promise.race([terminal.question(question, { signal }), ended]);
  } finally {
    terminal.close();
  }
}

/** Only `y` and `yes`, or `n` and `no`, are answers; anything else is asked again. */
export async function confirmedBy(asker: Asker, question: string, proposal: boolean): Promise<boolean> {
  for (;;) {
    const answer = (await asker.ask(`${question} (y/n)`, proposal ? 'y' : 'n')).toLowerCase();
    if (answer === 'y' || answer === 'yes') return true;
    if (answer === 'n' || answer === 'no') return false;
    printNote('y or n');
  }
}
