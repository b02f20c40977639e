import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Step, stepWords } from './plan.ts';

/** A step went wrong; those before it were done. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

/** Does the steps in their order, each told before it is done. Throws StepError at the first that fails. */
export async function carryOut(
  steps: readonly Step[],
  onStep: (words: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    const words = stepWords(step);
    onStep(words);
    try {
      await carryOutOne(step);
    } catch (error) {
      throw new StepError(`${words}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

async function carryOutOne(step: Step): Promise<void> {
  if (step.kind === 'remove') return rm(step.path, { recursive: true, force: true });
  if (step.kind === 'write') {
    await mkdir(dirname(step.path), { recursive: true });
    // systemd reads the old or the new file, never half of one.
    await writeFile(`${step.path}.new`, step.text, { mode: 0o644 });
    return rename(`${step.path}.new`, step.path);
  }
  const child = Bun.spawn([...step.command], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
  const [said, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode !== 0 && step.mayFail !== true) throw new Error(said.trim() || `exit code ${exitCode}`);
}
