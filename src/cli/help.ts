import type { Command, CommandGroup, OptionSpec } from './command.ts';
import type { CommandEntry } from './commands.ts';

/** The help of `vigil` itself. */
export function mainHelp(commands: readonly CommandEntry[]): string {
  return [
    'vigil: a state-machine firmware runtime that sees, decides and lights a lamp',
    '',
    'Usage: vigil COMMAND [OPTION...]',
    '',
    'Commands:',
    ...table(commands.map((command) => [command.name, command.summary])),
    '',
    'Options:',
    ...table([
      ['--help', 'this text; after a command, the help of that command'],
      ['--version', 'the version'],
      ['--debug', 'with any command: the whole stack of an error (also VIGIL_DEBUG=1)'],
    ]),
    '',
    'Exit codes: 0 done, 1 a result that is a failure, 2 wrong use or bad input, 3 a device or model is missing.',
    'The first steps: vigil demo',
  ].join('\n');
}

/** The help of a group: its commands. */
export function groupHelp(group: CommandGroup): string {
  return [
    `vigil ${group.name}: ${group.summary}`,
    '',
    `Usage: vigil ${group.name} COMMAND [OPTION...]`,
    '',
    'Commands:',
    ...table(group.commands.map((command) => [signature(command), command.summary])),
    '',
    `More: vigil ${group.name} COMMAND --help`,
  ].join('\n');
}

/** The help of one command; `path` is what is typed to call it, `faces detect`. */
export function commandHelp(path: string, command: Command): string {
  const options = Object.entries(command.options);
  const positionals = command.positionals === undefined ? '' : ` ${argumentsOf(command)}`;
  return [
    `vigil ${path}: ${command.summary}`,
    '',
    `Usage: vigil ${path}${positionals}${options.length === 0 ? '' : ' [OPTION...]'}`,
    ...(options.length === 0 ? [] : ['', 'Options:', ...table(options.map(optionRow))]),
    ...(command.parts ?? []).flatMap(({ name, summary }) => ['', `vigil ${path} ${name}: ${summary}`]),
    ...(command.notes === undefined ? [] : ['', command.notes.trim()]),
  ].join('\n');
}

/** `positionals` may repeat the command's name (`enrol NAME`); the arguments are what is after it. */
function argumentsOf(command: Command): string {
  const text = command.positionals ?? '';
  return text.startsWith(`${command.name} `) ? text.slice(command.name.length + 1) : text;
}

function signature(command: Command): string {
  return command.positionals === undefined ? command.name : `${command.name} ${argumentsOf(command)}`;
}

function optionRow([name, spec]: [string, OptionSpec]): [string, string] {
  const left = spec.value === undefined ? `--${name}` : `--${name} ${spec.value}`;
  const notes = [
    ...(spec.default === undefined ? [] : [`default ${spec.default}`]),
    ...(spec.multiple === true ? ['may be repeated'] : []),
  ];
  return [left, notes.length === 0 ? spec.help : `${spec.help} (${notes.join(', ')})`];
}

const widthColumns = 100;
const leftColumns = 28;

/** Two columns; the right one wraps at words, and a long left one stands on a line of its own. */
function table(rows: ReadonlyArray<readonly [string, string]>): string[] {
  const left = Math.min(leftColumns, Math.max(...rows.map(([name]) => name.length)));
  return rows.flatMap(([name, text]) => {
    const lines = wrap(text, widthColumns - left - 4);
    const indent = ' '.repeat(left + 4);
    if (name.length > left) return [`  ${name}`, ...lines.map((line) => indent + line)];
    return lines.map((line, i) => (i === 0 ? `  ${name.padEnd(left)}  ${line}` : indent + line));
  });
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
