import { readdirSync } from 'node:fs';
import { HalError } from '../../../hal/contract/errors.ts';

/** What a HalError the work rejects with is like; throws when there is none. */
export async function refusal(work: Promise<unknown>): Promise<HalError> {
  const error = await work.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof HalError)) throw error;
  return error;
}

/** Open file descriptors of this process. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Processes whose parent is this one, zombies too. */
export function childProcesses(): number {
  const { stdout, pid } = Bun.spawnSync(['ps', '--no-headers', '-o', 'pid', '--ppid', String(process.pid)]);
  const pids = stdout.toString().split('\n').map(Number);
  return pids.filter((child) => child !== 0 && child !== pid).length;
}

/** For the name of a test that needs ffmpeg. */
export const ffmpegMissing = Bun.which('ffmpeg') === null;
export const ffmpegReason = ffmpegMissing ? ' (skipped: ffmpeg is not installed)' : '';

/** For the name of a test that needs GStreamer. */
export const gstreamerMissing = Bun.which('gst-launch-1.0') === null;
export const gstreamerReason = gstreamerMissing ? ' (skipped: GStreamer is not installed)' : '';

/** Kills what this process has started of a program, as a crash would. */
export async function killChildren(
  program: string,
  signal: 'SIGKILL' | 'SIGSEGV' | 'SIGSTOP' = 'SIGKILL',
): Promise<void> {
  const { stdout } = Bun.spawnSync(['ps', '--no-headers', '-o', 'pid,args', '--ppid', String(process.pid)]);
  for (const line of stdout.toString().split('\n')) {
    const [, pid, args = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    if (pid !== undefined && args.includes(program)) process.kill(Number(pid), signal);
  }
}
