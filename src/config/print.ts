import { keysOf } from './keys.ts';
import type { ConfigOrigin, ReadConfig } from './read.ts';

/** The resolved configuration as TOML, each value with where it comes from: what --print-config prints. */
export function printConfig({ config, values, origins, file }: ReadConfig): string {
  const lines = [`# ${file === undefined ? 'no vigil.toml was found' : `read from ${file}`}`];
  let table = '';
  for (const key of keysOf(config)) {
    const cut = key.lastIndexOf('.');
    if (key.slice(0, cut) !== table) {
      table = key.slice(0, cut);
      lines.push('', `[${table}]`);
    }
    const value = values.get(key);
    const origin = origins.get(key);
    const name = key.slice(cut + 1);
    if (value === undefined || origin === undefined) lines.push(`# ${name} is not set`);
    else lines.push(`${`${name} = ${tomlValue(value)}`.padEnd(34)} # ${originWords(origin)}`);
  }
  return lines.join('\n');
}

function originWords(origin: ConfigOrigin): string {
  if (origin.kind === 'file') return `${origin.file}:${origin.line}`;
  return origin.kind === 'flag' ? origin.flag : 'default';
}

/** JSON's strings are TOML's basic strings, but for the one control character that only TOML escapes. */
export function tomlValue(value: string | number | boolean): string {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
  return String(value);
}
