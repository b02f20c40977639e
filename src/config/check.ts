import type { z } from 'zod';
import { presets } from '../decide/presets.ts';
import type { ConfigProblem } from './errors.ts';
import { configKeys, configTables, keyAt, keyInOtherUnit, namesIn, withNames } from './keys.ts';
import { didYouMean } from './nearest.ts';
import { outputNamesAllowed, outputProblems } from './outputs.ts';
import { configSchema, orderedKeys } from './schema.ts';

/** The configuration by the keys of the file, complete with defaults. */
export type ResolvedValues = z.output<typeof configSchema>;

/** A problem and whether it is about the key itself or about its value. */
export interface FoundProblem extends ConfigProblem {
  readonly about: 'key' | 'value';
}

/** Checks values as they came out of the file or the flags. Positions are for the caller to add. */
export function checkValues(
  values: unknown,
): { ok: true; values: ResolvedValues } | { ok: false; problems: readonly FoundProblem[] } {
  const result = configSchema.safeParse(values);
  const problems = result.success
    ? [
        ...orderedKeys.flatMap(([lower, upper]) => orderProblems(lower, upper, result.data, values)),
        ...unheardProblems(result.data),
        ...strikeProblems(result.data),
        ...outputProblems(result.data.outputs).map(
          (problem) => ({ ...problem, position: undefined, about: 'value' }) as const,
        ),
      ]
    : result.error.issues.flatMap((issue) => problemsOf(issue, values));
  return result.success && problems.length === 0
    ? { ok: true, values: result.data }
    : { ok: false, problems };
}

function problemsOf(issue: z.core.$ZodIssue, values: unknown): FoundProblem[] {
  const key = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => unknownKey(key, name, valueAt(values, [...issue.path, name])));
  }
  const value = valueAt(values, issue.path);
  if (issue.code === 'invalid_key' || key === 'outputs') {
    const message = `is not allowed: ${outputNamesAllowed}`;
    return [{ key, position: undefined, message, about: 'value' }];
  }
  const known = keyAt(key);
  if (known === undefined) {
    const message = `is ${display(value)}, but must be a table with ${namesIn(key).join(', ')}`;
    return [{ key, position: undefined, message, about: 'value' }];
  }
  const message = `is ${display(value)}, but must be ${known.allowed}`;
  return [{ key, position: undefined, message, about: 'value' }];
}

/** Blames the key that was written: the other one may be a default. */
function orderProblems(
  lower: string,
  upper: string,
  resolved: ResolvedValues,
  given: unknown,
): FoundProblem[] {
  const uppers = withNames(upper, resolved);
  return withNames(lower, resolved).flatMap((key, i) =>
    orderProblem(key, uppers[i] ?? upper, resolved, given),
  );
}

function orderProblem(
  lower: string,
  upper: string,
  resolved: ResolvedValues,
  given: unknown,
): FoundProblem[] {
  const low = valueAt(resolved, lower.split('.'));
  const high = valueAt(resolved, upper.split('.'));
  if (typeof low !== 'number' || typeof high !== 'number' || low <= high) return [];
  if (valueAt(given, lower.split('.')) !== undefined) {
    const message = `is ${low}, but must not be above ${upper}, which is ${high}`;
    return [{ key: lower, position: undefined, message, about: 'value' }];
  }
  const message = `is ${high}, but must not be below ${lower}, which is ${low} by default`;
  return [{ key: upper, position: undefined, message, about: 'value' }];
}

/** A voice is demanded, and nobody listens: nobody would ever be let in. */
function unheardProblems({ access, microphone }: ResolvedValues): FoundProblem[] {
  const require = access.require ?? presets[access.preset].policy.require;
  if (microphone.source !== 'none' || require === 'either' || require === 'face') return [];
  const [key, value] =
    access.require === undefined ? ['access.preset', access.preset] : ['access.require', access.require];
  const message = `is ${display(value)}, but microphone.source is "none": nobody could ever be let in`;
  return [{ key, position: undefined, message, about: 'value' }];
}

/** A doorbell opens nothing. */
function strikeProblems({ access, outputs }: ResolvedValues): FoundProblem[] {
  if (access.preset !== 'doorbell') return [];
  return Object.entries(outputs).flatMap(([name, { kind }]) => {
    const message = 'is "strike", but access.preset is "doorbell", which opens nothing; `door` does';
    return kind === 'strike'
      ? [{ key: `outputs.${name}.kind`, position: undefined, message, about: 'value' as const }]
      : [];
  });
}

function unknownKey(table: string, name: string, value: unknown): FoundProblem {
  const key = table === '' ? name : `${table}.${name}`;
  const problem = (message: string): FoundProblem => ({ key, position: undefined, message, about: 'key' });

  const other = keyInOtherUnit(table, name, value);
  if (other !== undefined) {
    const example = other.value === undefined ? '' : `: ${other.name} = ${other.value}`;
    return problem(`is ${display(value)}, but the key is ${other.name}, in ${other.word}${example}`);
  }
  const names = namesIn(table);
  const elsewhere = [...configKeys.keys(), ...configTables.keys()].filter((full) =>
    full.endsWith(`.${name}`),
  );
  const hint = elsewhere.length > 0 ? ` (it belongs to ${elsewhere.join(' or ')})` : didYouMean(name, names);
  const place = table === '' ? 'at the top of the file' : `in [${table}]`;
  return problem(
    `is ${display(value)}, but there is no such key${hint}; allowed ${place}: ${names.join(', ')}`,
  );
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  let value = values;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Reflect.get(value, name);
  }
  return value;
}

/** A value as it would stand in the file, cut where it is long. */
function display(value: unknown): string {
  if (value === undefined) return 'not set';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  if (typeof value === 'object') return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
