import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

export const machineSchema = z.strictObject({
  cpu: z.string(),
  cores: z.number(),
  memoryMiB: z.number(),
  system: z.string(),
  bun: z.string(),
  /** The commit that was measured; ends in `+` when files differ from it. */
  commit: z.string(),
  /** Processes that wanted to run, over the last minute. Above 1 somebody else was at work. */
  load: z.number(),
});
export type Machine = z.infer<typeof machineSchema>;

/** What figures of milliseconds are only comparable on. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${process.platform} ${process.arch} ${release()}`,
    bun: Bun.version,
    commit: commit(),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function commit(): string {
  const root = join(import.meta.dir, '../..');
  const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!bench/results');
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
