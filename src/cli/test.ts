import { resolve } from 'node:path';
import { Glob } from 'bun';
import { type Command, UsageError } from './command.ts';
import { printLine } from './output.ts';
import { runHardwareLab } from './test-hil.ts';
import { readTotals } from './test-totals.ts';

const root = resolve(import.meta.dir, '../..');

export const command: Command = {
  name: 'test',
  summary: 'run the tests; the last line counts them',
  positionals: '[PATH...]',
  options: {
    checks: {
      help: 'the checks in place of the tests: format, lint, types, import rules, unused code (bun run check)',
    },
    nightly: {
      help: 'in place of the tests what takes too long for every change, half an hour: every fault in every state, every pair of faults that matters, thousands of seeds, a month of simulated time, voices of LibriSpeech',
    },
    hil: {
      help: 'in place of the tests the hardware lab: the packages on emulated boards with real kernel drivers, half an hour; needs Debian 12, root and the network once',
    },
    filter: { value: 'TEXT', help: 'only the tests whose name matches TEXT, a regular expression' },
  },
  notes: [
    'PATH picks test files by a part of their path: vigil test hal/sim',
    'What a test needs and does not find here (a camera, ffmpeg, data) is skipped, with the reason in its name.',
  ].join('\n'),

  async run({ options, positionals, signal }) {
    if (options.checks === true) {
      const { exited } = Bun.spawn([process.execPath, 'check/run.ts'], {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        signal,
      });
      return (await exited) === 0 ? 0 : 1;
    }
    if (options.hil === true) return await runHardwareLab(signal);
    const paths = options.nightly === true ? nightlyTests(positionals) : positionals;
    const filter = typeof options.filter === 'string' ? ['--test-name-pattern', options.filter] : [];
    const child = Bun.spawn([process.execPath, 'test', ...runFlags, ...filter, ...paths], {
      cwd: root,
      stdin: 'ignore',
      // What tests print is a log; standard output is for the line of totals.
      stdout: 2,
      // Bun reports here; the totals are read from what passes through.
      stderr: 'pipe',
      env: { ...process.env, ...(process.stderr.isTTY === true ? { FORCE_COLOR: '1' } : {}) },
      signal,
    });
    let tail = '';
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      process.stderr.write(chunk);
      tail = (tail + decoder.decode(chunk, { stream: true })).slice(-tailChars);
    }
    const exitCode = await child.exited;
    signal.throwIfAborted();

    const totals = readTotals(tail) ?? { passed: 0, failed: 0, skipped: 0 };
    // No summary (a crash), or a failure that is not counted in it, still counts.
    const failed = exitCode !== 0 ? Math.max(1, totals.failed) : totals.failed;
    printLine(`${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped`);
    return failed === 0 ? 0 : 1;
  },
};

/** Their names keep them out of a plain `bun test`; only a path that begins with ./ is taken as it is. */
function nightlyTests(wanted: readonly string[]): string[] {
  const paths = [...new Glob('test/nightly/*.nightly.ts').scanSync(root)].sort();
  const found = paths.filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)));
  if (found.length === 0) throw new UsageError(`no nightly test fits; there are ${paths.join(', ')}`);
  return found.map((path) => `./${path}`);
}

const runFlags = [
  // Of a test that sets none: only a test that hangs takes so long, however busy the machine is.
  '--timeout=30000',
  // Many tests wait for real time, and others keep one core busy: two files at once take hardly more than half. More
  // at once make the tests with a limit on their time fail.
  '--parallel=2',
  // A process runs its files in one world, as `bun test` does: in worlds of their own, a handle that one file left
  // open closed another's.
  '--no-isolate',
];

/** Much more than the summary takes, much less than a whole run prints. */
const tailChars = 20_000;
