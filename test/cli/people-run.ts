import { spyOn } from 'bun:test';
import { type Command, parseInvocation } from '../../src/cli/command.ts';
import { command as people } from '../../src/cli/people.ts';

const never = new AbortController().signal;
/** Runs `vigil people …` in this process; gives what it printed. */
export async function vigilPeople(
  ...words: string[]
): Promise<{ exitCode: number; out: string; err: string }> {
  const [name, ...args] = words;
  const command: Command | undefined = people.commands.find((entry) => entry.name === name);
  if (command === undefined) throw new Error(`no command ${name}`);
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
    const exitCode = await command.run(parseInvocation(command, args, never));
    return { exitCode, ...printed };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}
