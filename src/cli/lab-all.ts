import { join } from 'node:path';
import { type Command, type ExitCode, type OptionSpec, parseInvocation } from './command.ts';
import { explain } from './failure.ts';
import { reportOptions } from './lab-report.ts';
import { printNote } from './output.ts';

/** An experiment, and the options without which there is nothing to measure. */
export interface Experiment {
  readonly command: Command;
  readonly needs: readonly string[];
}

/** Given to every experiment that has them. */
const passedOn = ['labels', 'ssd', 'masked', 'anonymous', 'seed', 'threads', 'config', 'state', 'no-cache'];

/** `vigil lab all`: every experiment for which there are data, one after the other. */
export function all(experiments: readonly Experiment[]): Command {
  const specs: Record<string, OptionSpec> = {};
  for (const { command, needs } of experiments) {
    for (const name of [...needs, ...passedOn]) {
      const spec = command.options[name];
      if (spec !== undefined) specs[name] ??= spec;
    }
  }
  return {
    name: 'all',
    summary: 'every experiment for which there are data, one after the other',
    options: {
      ...specs,
      seed: { value: 'N', help: 'decides what is left to chance', default: '1' },
      output: { value: 'DIR', help: 'the reports go into folders in it', default: 'lab-report' },
      json: reportOptions.json,
    },
    notes: [
      'Each experiment runs as if it were called alone, into a folder of its own; one for which no data are given is left',
      'out, and one that fails does not keep the others from running: the exit code is then its own. With --json one',
      'report a line. Which data which experiment takes:',
      ...experiments.map(
        ({ command, needs }) =>
          `  ${command.name.padEnd(12)} ${needs.map((name) => `--${name} ${command.options[name]?.value ?? ''}`).join(' ') || 'none'}`,
      ),
    ].join('\n'),

    async run({ options, signal }) {
      let worst: ExitCode = 0;
      for (const { command, needs } of experiments) {
        signal.throwIfAborted();
        const missing = needs.filter((name) => options[name] === undefined);
        if (missing.length > 0) {
          printNote(
            `${command.name}: left out, it needs ${missing.map((name) => `--${name}`).join(' and ')}`,
          );
          continue;
        }
        printNote(`${command.name} ...`);
        const words = wordsFor(command, { ...options, output: join(String(options.output), command.name) });
        const exitCode = await command
          .run(parseInvocation(command, words, signal))
          .catch((error: unknown) => {
            signal.throwIfAborted();
            const { message, exitCode } = explain(error, false);
            printNote(`${command.name}: ${message}`);
            return exitCode;
          });
        worst = worst === 0 ? exitCode : worst;
      }
      return worst;
    },
  };
}

/** The given options that the command has. */
function wordsFor(command: Command, given: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(command.options).flatMap((name) => {
    const value = given[name];
    return value === true ? [`--${name}`] : typeof value === 'string' ? [`--${name}=${value}`] : [];
  });
}
