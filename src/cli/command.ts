import { parseArgs } from 'node:util';
import { didYouMean } from '../config/nearest.ts';

/** 0 done, 1 a result that is a failure, 2 wrong use or bad input, 3 a device or a model is missing. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Wrong use or bad input; the message says what is allowed and what to do next. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A device, model or program that is needed and not there; the message says how to get it. Exit code 3. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
}

/** One option of a command: `value` names what follows it in the help; without it the option is a switch. */
export interface OptionSpec {
  readonly value?: string;
  readonly help: string;
  readonly default?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
}

/** What a command is called with: options by name, then what is left. */
export interface Invocation {
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  /** Aborted by SIGINT, SIGTERM, or when nobody reads standard output any more. */
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What comes after the name, for the help: `enrol NAME`. */
  readonly positionals?: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** More lines for the help: what it prints, examples. */
  readonly notes?: string;
  /** Commands of their own behind this one's name, `doctor gpio`; every other word is this one's. */
  readonly parts?: readonly Command[];
  run(invocation: Invocation): Promise<ExitCode>;
}

/** A name with sub-commands: `vigil faces detect`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/**
 * Reads the arguments after the command's name; everything after `--` is positional. Throws UsageError that
 * names the option and what is allowed.
 */
export function parseInvocation(command: Command, args: readonly string[], signal: AbortSignal): Invocation {
  const specs = command.options;
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [
        name,
        { type: spec.value === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) throw unknownOption(command, token.rawName, token.name);
    const values = given.get(token.name) ?? [];
    given.set(token.name, values);
    if (spec.value === undefined) {
      if (token.value !== undefined) throw new UsageError(`--${token.name} is a switch and takes no value`);
      continue;
    }
    if (token.value === undefined || (!token.inlineValue && /^-./.test(token.value))) {
      throw new UsageError(
        `--${token.name} needs a value: --${token.name} ${spec.value}` +
          (token.value === undefined ? '' : ` (one that starts with '-': --${token.name}=${token.value})`),
      );
    }
    values.push(token.value);
  }
  if (positionals.length > 0 && command.positionals === undefined) {
    throw new UsageError(`'${command.name}' takes no argument, and '${positionals[0]}' was given`);
  }

  const options: Record<string, string | boolean | readonly string[] | undefined> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const values = given.get(name);
    if (spec.value === undefined) options[name] = values === undefined ? undefined : true;
    else if (spec.multiple === true)
      options[name] = values ?? (spec.default === undefined ? undefined : [spec.default]);
    else options[name] = values?.at(-1) ?? spec.default;
  }
  return { options, positionals, signal };
}

function unknownOption(command: Command, rawName: string, name: string): UsageError {
  const names = Object.keys(command.options);
  const known = names.length === 0 ? 'none' : names.map((option) => `--${option}`).join(' ');
  return new UsageError(
    `'${command.name}' has no option ${rawName}${didYouMean(name, names)}; its options: ${known}`,
  );
}
