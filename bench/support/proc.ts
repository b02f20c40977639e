import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What Linux counts about a process; these benches need it, and say so elsewhere. */

export function onLinux(): boolean {
  return existsSync('/proc/self/status');
}

/** Resident memory of a process now and at its peak, in MiB. */
export function residentMiB(pid: number | 'self'): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Processor time of all threads of a process, children not counted, in milliseconds. */
export function cpuTimeMs(pid: number): number {
  let ns = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // The thread has ended in between.
    }
  }
  return ns / 1e6;
}

/** For how long the main thread of a process was ready and had no processor, in milliseconds; 0 when it has ended. */
export function mainThreadWaitedMs(pid: number): number {
  const path = `/proc/${pid}/task/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[1]) / 1e6 : 0;
}

/** The process whose command line has this text in it; undefined where there is none. */
export function processWith(text: string): number | undefined {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(text)) return Number(entry);
    } catch {
      // It has ended in between.
    }
  }
  return undefined;
}
