import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { checkValues, type FoundProblem, type ResolvedValues } from './check.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { keysOf, schemaKey } from './keys.ts';
import { type KeyPosition, keyPositions } from './positions.ts';
import { pathKeys, type VigilConfig } from './schema.ts';

/** A value from the command line, which wins over the file. */
export interface ConfigFlag {
  /** The key it sets: `camera.source`. */
  readonly key: string;
  readonly value: string | number | boolean;
  /** As it was written, for messages: `--camera`. */
  readonly flag: string;
}

/** Where a value comes from. */
export type ConfigOrigin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'flag'; readonly flag: string };

export interface ReadConfig {
  readonly config: VigilConfig;
  /** By key, `camera.width_px`; one entry for every key that has a value. */
  readonly origins: ReadonlyMap<string, ConfigOrigin>;
  /** By key, in the order of the schema, as they stand after flags and defaults. */
  readonly values: ReadonlyMap<string, string | number | boolean>;
  /** The file that was read, undefined where there is none. */
  readonly file: string | undefined;
}

/** Where vigil.toml is looked for, in this order; the first that is there is the only one that is read. */
export function configSearchPath(
  directory: string = process.cwd(),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly string[] {
  const userConfig = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config');
  return [join(directory, 'vigil.toml'), join(userConfig, 'vigil/vigil.toml'), '/etc/vigil/vigil.toml'];
}

/**
 * Reads the configuration: flags over the file over the defaults. `file` is the --config option; without it the
 * first of `searchPath` that exists is taken, or none. Throws ConfigError with every problem in the file.
 */
export async function readConfig(
  options: {
    readonly file?: string | undefined;
    readonly flags?: readonly ConfigFlag[];
    readonly searchPath?: readonly string[];
  } = {},
): Promise<ReadConfig> {
  const { flags = [], searchPath = configSearchPath() } = options;
  const file = options.file === undefined ? await firstThere(searchPath) : resolve(options.file);
  return parseConfig(file === undefined ? '' : await textOf(file), file, flags);
}

/** The configuration that `text`, the content of `file`, and `flags` give. Throws ConfigError. */
export function parseConfig(
  text: string,
  file: string | undefined,
  flags: readonly ConfigFlag[] = [],
): ReadConfig {
  const fileName = file ?? 'vigil.toml';
  const fromFile = parseToml(text, fileName);
  const positions = keyPositions(text);
  const ofFile = checkValues(fromFile);
  if (!ofFile.ok) {
    throw new ConfigError(
      fileName,
      ofFile.problems.map((problem) => withPosition(problem, positions)),
    );
  }

  const flagOf = new Map(flags.map((flag) => [flag.key, flag]));
  for (const flag of flags) setAt(fromFile, flag.key, flag.value);
  const checked = checkValues(fromFile);
  if (!checked.ok) {
    // The file alone is right, so a flag is what is wrong.
    throw new ConfigError(
      'command line',
      checked.problems.map(({ key, message }) => ({
        key: key === undefined ? undefined : (flagOf.get(key)?.flag ?? key),
        position: undefined,
        message,
      })),
    );
  }

  const values = new Map<string, string | number | boolean>();
  const origins = new Map<string, ConfigOrigin>();
  for (const key of keysOf(checked.values)) {
    const value = scalarAt(checked.values, key);
    if (value === undefined) continue;
    const flag = flagOf.get(key);
    const position = positions.get(key);
    const origin: ConfigOrigin =
      flag !== undefined
        ? { kind: 'flag', flag: flag.flag }
        : position !== undefined
          ? { kind: 'file', file: fileName, line: position.key.line }
          : { kind: 'default' };
    origins.set(key, origin);
    values.set(key, pathKeys.has(schemaKey(key)) ? absolute(String(value), origin) : value);
  }
  return { config: camelCased(checked.values, values), origins, values, file };
}

/**
 * A relative path in a file counts from the file's folder, one on the command line from where one stands. `default`
 * stands for something of Vigil's own wherever a path may stand.
 */
function absolute(path: string, origin: ConfigOrigin): string {
  if (path === 'default') return path;
  return origin.kind === 'file' ? resolve(dirname(origin.file), path) : resolve(path);
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.split('\n');
    const message = first.replace(/^Invalid TOML document: /, 'not valid TOML: ');
    throw new ConfigError(file, [
      { key: undefined, position: { line: error.line, column: error.column }, message },
    ]);
  }
}

function withPosition(
  { key, message, about }: FoundProblem,
  positions: ReadonlyMap<string, KeyPosition>,
): ConfigProblem {
  return { key, message, position: key === undefined ? undefined : positions.get(key)?.[about] };
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const there = await access(path).then(
      () => true,
      // One that is there but may not be looked at must not be passed over in silence.
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
    );
    if (there) return path;
  }
  return undefined;
}

async function textOf(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    const why =
      error instanceof TypeError
        ? 'is not UTF-8 text'
        : `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConfigError(file, [{ key: undefined, position: undefined, message: why }]);
  }
}

function setAt(values: Record<string, unknown>, key: string, value: string | number | boolean): void {
  const path = key.split('.');
  const last = path.pop();
  let table = values;
  for (const name of path) {
    const next = table[name];
    const child: Record<string, unknown> = isTable(next) ? next : {};
    table[name] = child;
    table = child;
  }
  if (last !== undefined) table[last] = value;
}

function scalarAt(values: ResolvedValues, key: string): string | number | boolean | undefined {
  let value: unknown = values;
  for (const name of key.split('.')) value = isTable(value) ? value[name] : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same tree with camelCase names and absolute paths. */
function camelCased(values: ResolvedValues, final: ReadonlyMap<string, unknown>): VigilConfig {
  const convert = (table: object, prefix: string): object =>
    Object.fromEntries(
      Object.entries(table).map(([name, value]) => [
        name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        isTable(value) ? convert(value, `${prefix}${name}.`) : (final.get(prefix + name) ?? value),
      ]),
    );
  // The type says of names what the line above does to them; no schema can say both.
  return convert(values, '') as VigilConfig;
}
