import packageJson from '../../package.json' with { type: 'json' };
import { didYouMean } from '../config/nearest.ts';
import { type Command, parseInvocation, UsageError } from './command.ts';
import { type CommandEntry, commands } from './commands.ts';
import { commandHelp, groupHelp, mainHelp } from './help.ts';
import { listenForSignals } from './signals.ts';

const { debug, args } = withoutDebug(process.argv.slice(2));
const { signal, exitCode: interruptedExitCode } = listenForSignals();

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => void failed(error).then((code) => process.exit(code)));
}
process.exit(await vigil(args).catch(failed));

/** Finds the command, shows its help or runs it. */
async function vigil(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (
    first === undefined ||
    first === '--help' ||
    first === '-h' ||
    (first === 'help' && rest.length === 0)
  ) {
    return show(mainHelp(commands));
  }
  if (first === '--version') return show(`vigil ${packageJson.version} (bun ${Bun.version})`);
  if (first === 'help') return vigil([...rest, '--help']);

  const loaded = await find(commands, first, '').load();
  if (!('commands' in loaded)) {
    const part = loaded.parts?.find(({ name }) => name === rest[0]);
    if (part === undefined) return runOrHelp(loaded.name, loaded, rest);
    return runOrHelp(`${loaded.name} ${part.name}`, part, rest.slice(1));
  }
  const [second, ...others] = rest;
  if (second === undefined || isHelp(second)) {
    show(groupHelp(loaded));
    return second === undefined ? 2 : 0;
  }
  const command = find(loaded.commands, second, `${loaded.name} `);
  return runOrHelp(`${loaded.name} ${command.name}`, command, others);
}

async function runOrHelp(path: string, command: Command, words: readonly string[]): Promise<number> {
  const end = words.indexOf('--');
  if (words.slice(0, end === -1 ? words.length : end).some(isHelp)) return show(commandHelp(path, command));
  return command.run(parseInvocation(command, words, signal));
}

function find<T extends CommandEntry | Command>(list: readonly T[], word: string, prefix: string): T {
  const found = list.find((entry) => entry.name === word);
  if (found !== undefined) return found;
  const names = list.map((entry) => entry.name);
  throw new UsageError(
    `there is no command '${prefix}${word}'${didYouMean(word, names)}. ` +
      `Commands: ${names.join(', ')}; see vigil ${prefix}--help`,
  );
}

async function failed(error: unknown): Promise<number> {
  const interrupted = interruptedExitCode(error);
  if (interrupted !== undefined) return interrupted;
  const { explain } = await import('./failure.ts');
  const { message, exitCode } = explain(error, debug);
  process.stderr.write(`vigil: ${message}\n`);
  return exitCode;
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

function show(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** `--debug` belongs to every command, so no command has to declare it. */
function withoutDebug(words: readonly string[]): { debug: boolean; args: string[] } {
  const end = words.indexOf('--');
  const isDebug = (word: string, i: number) => word === '--debug' && (end === -1 || i < end);
  return {
    debug: words.some(isDebug) || Boolean(process.env.VIGIL_DEBUG),
    args: words.filter((word, i) => !isDebug(word, i)),
  };
}
