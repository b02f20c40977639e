import { copyFile, link, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
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
  if (step.kind === 'copy') return copyFolder(step.from, step.to);
  if (step.kind === 'link') {
    await mkdir(dirname(step.path), { recursive: true });
    await rm(`${step.path}.new`, { force: true });
    await symlink(step.to, `${step.path}.new`);
    return rename(`${step.path}.new`, step.path);
  }
  if (step.kind === 'write') {
    await mkdir(dirname(step.path), { recursive: true });
    // systemd reads the old or the new file, never half of one.
    await writeFile(`${step.path}.new`, step.text, { mode: 0o644 });
    return rename(`${step.path}.new`, step.path);
  }
  await run(step.command).catch((error) => {
    if (step.mayFail !== true) throw error;
  });
}

/** Whole or not at all: what a power cut left of an earlier copy goes first. */
async function copyFolder(from: string, to: string): Promise<void> {
  const partial = `${to}.new`;
  await rm(partial, { recursive: true, force: true });
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const copy = join(partial, relative(from, path));
    await mkdir(dirname(copy), { recursive: true });
    // What belongs to somebody else must not be changed by them later. Other disks, and some kinds of disk, cannot link.
    const owned = (await stat(path)).uid === 0;
    await (owned ? link(path, copy).catch(() => copyFile(path, copy)) : copyFile(path, copy));
  }
  await run(['sync', '-f', partial]);
  await rename(partial, to);
}

async function run(command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' });
  const [said, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode !== 0) throw new Error(said.trim() || `exit code ${exitCode}`);
}
