import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ExitCode } from './command.ts';
import { type HilReport, hilJunit, takeLine } from './hil-report.ts';
import { printLine, printNote } from './output.ts';

const root = resolve(import.meta.dir, '../..');
const lab = join(root, 'test/hil/lab');

/** What was built stays here, each stage named after what went into it. */
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vigil/lab');

/** Why the hardware lab cannot be had here; undefined where it can. */
export function whyNoLab(osRelease = textOf('/etc/os-release')): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it is built on Linux x64';
  if (!/^VERSION_CODENAME=bookworm$/m.test(osRelease)) return 'it is built of Debian 12, on Debian 12';
  if (process.getuid?.() !== 0) return 'it installs packages and builds file systems: it needs root';
  return undefined;
}

/**
 * `vigil test --hil`: the packages of this working copy on emulated hardware, with real kernel drivers. Prints
 * the totals; the report lies in lab-report/hil.
 */
export async function runHardwareLab(signal: AbortSignal): Promise<ExitCode> {
  const why = whyNoLab();
  if (why !== undefined) {
    printNote(`the hardware lab is skipped: ${why}`);
    printLine('0 passed, 0 failed, 1 skipped');
    return 0;
  }
  const report: HilReport = { proofs: [], measurements: [] };
  const began = performance.now();
  const stage = async (name: string, command: readonly string[]) => {
    const start = performance.now();
    const exitCode = await tell(command, report, signal);
    const seconds = (performance.now() - start) / 1000;
    printNote(`${name}: ${seconds.toFixed(0)} s`);
    if (exitCode === 0) return true;
    report.proofs.push({ name, outcome: 'fail', seconds, message: `${command[0]} ended with ${exitCode}` });
    return false;
  };
  const folder = join(root, 'lab-report/hil');
  mkdirSync(folder, { recursive: true });
  const packaged = await stage('the packages are made', [join(lab, 'packages'), root, folder]);
  const built = await stage('the board is built', [join(lab, 'build'), cache]);
  if (packaged && built) {
    await stage('the package runs on a Cortex-A57', [join(lab, 'cortex-a57'), cache, folder]);
    await stage('the board ran to the end', [join(lab, 'board'), cache, folder]);
  }
  writeFileSync(join(folder, 'junit.xml'), hilJunit(report));
  for (const { name, value, unit, most } of report.measurements) {
    printNote(`${name}: ${value} ${unit}, at most ${most}`);
  }
  printNote(`the hardware lab took ${((performance.now() - began) / 1000).toFixed(0)} s; ${folder}`);
  const failed = report.proofs.filter(({ outcome }) => outcome === 'fail');
  for (const { name, message } of failed) printNote(`failed: ${name}: ${message}`);
  printLine(`${report.proofs.length - failed.length} passed, ${failed.length} failed, 0 skipped`);
  return failed.length === 0 ? 0 : 1;
}

/** Runs one step of the lab; what it prints is a log, and lines of the report in it. Gives its exit code. */
async function tell(command: readonly string[], report: HilReport, signal: AbortSignal): Promise<number> {
  const child = Bun.spawn([...command], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    env: { ...process.env, VIGIL_BUN: process.execPath },
    signal,
  });
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      process.stderr.write(`${line}\n`);
      takeLine(report, line);
    }
  }
  takeLine(report, rest);
  const exitCode = await child.exited;
  signal.throwIfAborted();
  return exitCode;
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
