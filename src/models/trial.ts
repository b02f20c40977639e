import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ModelEntry } from './entry.ts';
import { messageOf } from './errors.ts';

/** What the child process answers on its standard output. */
export const trialAnswerSchema = z.strictObject({ passed: z.boolean(), text: z.string() });
export type TrialAnswer = z.infer<typeof trialAnswerSchema>;

const trialLimitMs = 120_000;

/**
 * Loads and runs a model nobody has tried yet (see `checkModel`) in a process of its own: native code that meets
 * such a file may crash, take all memory or never come back, and must not take this process along.
 *
 * Gives what the trial showed or why it failed. Throws the signal's reason.
 */
export async function tryModel(entry: ModelEntry, path: string, signal: AbortSignal): Promise<TrialAnswer> {
  const child = Bun.spawn([process.execPath, fileURLToPath(import.meta.resolve('./trial-process.ts'))], {
    stdin: new TextEncoder().encode(JSON.stringify({ entry, path })),
    stdout: 'pipe',
    stderr: 'ignore',
    signal: AbortSignal.any([signal, AbortSignal.timeout(trialLimitMs)]),
    killSignal: 'SIGKILL',
  });
  const output = await child.stdout.text();
  const exitCode = await child.exited;
  signal.throwIfAborted();
  if (exitCode !== 0) {
    const how = child.signalCode === null ? `exit code ${exitCode}` : child.signalCode;
    return {
      passed: false,
      text: `the trial run crashed or took more than ${trialLimitMs / 1000} s (${how})`,
    };
  }
  try {
    return trialAnswerSchema.parse(JSON.parse(output));
  } catch (error) {
    return { passed: false, text: `the trial run gave no answer: ${messageOf(error)}` };
  }
}
