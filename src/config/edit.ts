import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from './errors.ts';
import { type KeyPosition, keyPositions } from './positions.ts';
import { tomlValue } from './print.ts';
import { parseConfig } from './read.ts';

export type ConfigValue = string | number | boolean;

/**
 * The text of a configuration with these keys set, and everything else (other keys, comments, their order) as it
 * stands. Throws ConfigError where `text` is no valid configuration, the result would be none, or a key stands in an
 * inline table, which is not edited.
 */
export function withValues(text: string, file: string, values: ReadonlyMap<string, ConfigValue>): string {
  parseConfig(text, file);
  let edited = text;
  for (const [key, value] of values) edited = withValue(edited, key, value);
  const { values: read } = parseConfig(edited, file);
  for (const [key, value] of values) {
    if (read.get(key) === value) continue;
    throw new ConfigError(file, [
      { key, position: undefined, message: 'stands where it cannot be edited: set it by hand' },
    ]);
  }
  return edited;
}

function withValue(text: string, key: string, value: ConfigValue): string {
  const positions = keyPositions(text);
  const place = positions.get(key);
  if (place !== undefined) return replaced(text, place, value);
  const cut = key.lastIndexOf('.');
  const [table, name] = [key.slice(0, cut), key.slice(cut + 1)];
  const line = `${name} = ${tomlValue(value)}`;
  const lines = text.split('\n');
  const header = positions.get(table)?.key.line;
  if (header !== undefined && /^\s*\[/.test(lines[header - 1] ?? '')) {
    lines.splice(header, 0, line);
    return lines.join('\n');
  }
  const before = text.trim() === '' ? '' : `${text.trimEnd()}\n\n`;
  return `${before}[${table}]\n${line}\n`;
}

/** A value on one line, up to its end; what follows it, a comment, stays. */
function replaced(text: string, { value: { line, column } }: KeyPosition, value: ConfigValue): string {
  const lines = text.split('\n');
  const whole = lines[line - 1] ?? '';
  const before = whole.slice(0, column - 1);
  const rest = whole.slice(column - 1);
  const old = /^(?:"(?:\\.|[^"\\])*"|'[^']*'|[^,\]}#]*?(?=\s*(?:[,\]}#]|$)))/.exec(rest)?.[0] ?? '';
  lines[line - 1] = `${before}${tomlValue(value)}${rest.slice(old.length)}`;
  return lines.join('\n');
}

/**
 * Writes a configuration whole or not at all: into a file beside it, which then takes its place. Whoever reads it
 * meanwhile, and a board whose power is cut, has the old one or the new one. Rejects with the error of the system.
 */
export async function writeConfig(file: string, text: string): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  const beside = `${file}.new`;
  try {
    const handle = await open(beside, 'w', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  const entry = await open(folder, 'r');
  await entry.sync().finally(() => entry.close());
}
