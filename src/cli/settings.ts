import { readConfig } from '../config/read.ts';
import type { VigilConfig } from '../config/schema.ts';
import { stateDirectory } from '../people/state-directory.ts';
import { type Invocation, UsageError } from './command.ts';

/** What the configuration says, and what the command line says in its place. */
export interface Settings {
  readonly config: VigilConfig;
  readonly stateDirectory: string;
}

/**
 * Reads `--config`, `--state`, and the options that stand for a key of the configuration. Throws ConfigError, which
 * names the option.
 */
export async function readSettings(
  { options }: Invocation,
  keys: Readonly<Record<string, string>>,
): Promise<Settings> {
  const flags = Object.entries({ state: 'state.directory', ...keys }).flatMap(([option, key]) => {
    const value = options[option];
    return typeof value === 'string' ? [{ key, value, flag: `--${option}` }] : [];
  });
  const file = typeof options.config === 'string' ? options.config : undefined;
  const { config } = await readConfig({ file, flags });
  return { config, stateDirectory: stateDirectory(config.state.directory) };
}

/** An option that is a time in seconds, in milliseconds; undefined where it was not given. Throws UsageError. */
export function timeOption({ options }: Invocation, name: string): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const seconds = Number(given);
  if (!(seconds > 0)) throw new UsageError(`--${name} must be a number above 0, not '${given}'`);
  return seconds * 1000;
}

/** An option that is a number. Throws UsageError that says which are allowed. */
export function numberOption(
  { options }: Invocation,
  name: string,
  { least, most, whole = false }: { least: number; most: number; whole?: boolean },
): number {
  const value = Number(options[name]);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)) || options[name] === '') {
    const kind = whole ? 'a whole number' : 'a number';
    throw new UsageError(`--${name} takes ${kind} from ${least} to ${most}, not '${options[name]}'`);
  }
  return value;
}
