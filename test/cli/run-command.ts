import { spyOn } from 'bun:test';
import { type Command, type CommandGroup, parseInvocation } from '../../src/cli/command.ts';
import { explain } from '../../src/cli/failure.ts';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command, or the one of a group that the first word names, in this process; gives what it printed. */
export async function runCommand(
  target: Command | CommandGroup,
  words: readonly string[],
  signal = new AbortController().signal,
): Promise<Ran> {
  const [name] = words;
  const command =
    'commands' in target ? target.commands.find((candidate) => candidate.name === name) : target;
  if (command === undefined) throw new Error(`no command ${name}`);
  const args = 'commands' in target ? words.slice(1) : words;
  const printed = { out: '', err: '' };
  const stdout = spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.out += String(text);
    return true;
  });
  const stderr = spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.err += String(text);
    return true;
  });
  try {
    const exitCode = await Promise.resolve()
      .then(() => command.run(parseInvocation(command, args, signal)))
      .catch((error: unknown) => {
        const { message, exitCode } = explain(error, false);
        printed.err += `${message}\n`;
        return exitCode;
      });
    return { exitCode, ...printed };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

/** The objects that `--json` printed; fails when anything else stands between them. */
export function objects<T>({ out }: Ran): T[] {
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): T => JSON.parse(line));
}
