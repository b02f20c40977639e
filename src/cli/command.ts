import { type ParseArgsConfig, parseArgs } from 'node:util';

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
  /** Aborted by SIGINT or SIGTERM. */
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
  run(invocation: Invocation): Promise<ExitCode>;
}

/** A name with sub-commands: `vigil faces detect`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** Reads the arguments after the command's name. Throws UsageError with the option's name and what is allowed. */
export function parseInvocation(command: Command, args: readonly string[], signal: AbortSignal): Invocation {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, spec] of Object.entries(command.options)) {
    options[name] = {
      type: spec.value === undefined ? 'boolean' : 'string',
      ...(spec.multiple === true ? { multiple: true } : {}),
      ...(spec.default === undefined ? {} : { default: spec.default }),
    };
  }
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length > 0 && command.positionals === undefined) {
      throw new UsageError(`${command.name} takes no argument '${positionals[0]}'`);
    }
    return { options: values as Invocation['options'], positionals, signal };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `${message}. Options: ${Object.keys(command.options)
        .map((o) => `--${o}`)
        .join(' ')}`,
    );
  }
}
