import { z } from 'zod';
import { configSchema } from './schema.ts';

/** What the schema says about one key. */
export interface ConfigKey {
  /** `output.green.hold_ms`. */
  readonly key: string;
  readonly description: string;
  /** In words: `a whole number from 100 to 60000, in milliseconds`. */
  readonly allowed: string;
  /** Its words, where it takes one of a few. */
  readonly choices: readonly string[] | undefined;
  /** Undefined where the key has no default. */
  readonly default: string | number | boolean | undefined;
  /** A text that may be anything: a path, an address, a name. */
  readonly free: boolean;
}

export interface ConfigTable {
  readonly key: string;
  readonly description: string;
}

/** What is used of the schema's JSON form. */
const nodeSchema = z.object({
  type: z.enum(['object', 'string', 'number', 'integer', 'boolean']),
  description: z.string().optional(),
  /** What is allowed in words, where the rest does not say it. */
  allowed: z.string().optional(),
  default: z.union([z.string(), z.number(), z.boolean(), z.looseObject({})]).optional(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  get properties() {
    return z.record(z.string(), nodeSchema).optional();
  },
  /** Of a table whose entries have names of the user's. */
  get additionalProperties() {
    return z.union([z.literal(false), nodeSchema]).optional();
  },
});
type Node = z.output<typeof nodeSchema>;

/** Units by the ending of a key: the word for people and how many of the base unit one is. */
const units: Readonly<
  Record<string, { readonly word: string; readonly base: string; readonly factor: number }>
> = {
  us: { word: 'microseconds', base: 's', factor: 1e-6 },
  ms: { word: 'milliseconds', base: 's', factor: 1e-3 },
  s: { word: 'seconds', base: 's', factor: 1 },
  sec: { word: 'seconds', base: 's', factor: 1 },
  seconds: { word: 'seconds', base: 's', factor: 1 },
  min: { word: 'minutes', base: 's', factor: 60 },
  minutes: { word: 'minutes', base: 's', factor: 60 },
  h: { word: 'hours', base: 's', factor: 3600 },
  hours: { word: 'hours', base: 's', factor: 3600 },
  px: { word: 'pixels', base: 'px', factor: 1 },
  pixels: { word: 'pixels', base: 'px', factor: 1 },
  fps: { word: 'frames a second', base: 'fps', factor: 1 },
  hz: { word: 'a second', base: 'fps', factor: 1 },
};

/** `hold_ms` is `hold` in `ms`; a key without a known unit is all stem. */
function splitUnit(name: string): { stem: string; unit: string | undefined } {
  const cut = name.lastIndexOf('_');
  const unit = name.slice(cut + 1);
  if (!Object.hasOwn(units, unit)) return { stem: name, unit: undefined };
  return { stem: cut === -1 ? '' : name.slice(0, cut), unit };
}

function allowedWords(name: string, node: Node): string {
  if (node.allowed !== undefined) return node.allowed;
  if (node.enum !== undefined) return node.enum.map((value) => `"${value}"`).join(' or ');
  if (name === 'time_zone') return 'a time zone of the IANA database, as "Europe/Berlin"';
  if (node.type === 'string') return 'a text that is not empty';
  if (node.type === 'boolean') return 'true or false';
  const { unit } = splitUnit(name);
  const range =
    node.exclusiveMinimum === undefined
      ? ` from ${node.minimum} to ${node.maximum}`
      : ` above ${node.exclusiveMinimum}, at most ${node.maximum}`;
  const word = unit === undefined ? '' : `, in ${units[unit]?.word}`;
  return `${node.type === 'integer' ? 'a whole number' : 'a number'}${range}${word}`;
}

/** Stands in a key for a name that the user gives: `outputs.NAME.pin`. */
const anyName = 'NAME';

const keys = new Map<string, ConfigKey>();
const tables = new Map<string, ConfigTable>();

function walk(path: readonly string[], node: Node): void {
  const key = path.join('.');
  if (node.type === 'object') {
    if (path.length > 0) tables.set(key, { key, description: node.description ?? '' });
    for (const [name, child] of Object.entries(node.properties ?? {})) walk([...path, name], child);
    const { additionalProperties: named } = node;
    if (typeof named === 'object') walk([...path, anyName], named);
    return;
  }
  const name = path.at(-1) ?? '';
  keys.set(key, {
    key,
    description: node.description ?? '',
    allowed: allowedWords(name, node),
    choices: node.enum,
    free: node.type === 'string' && node.enum === undefined && name !== 'time_zone',
    default: typeof node.default === 'object' ? undefined : node.default,
  });
}
walk([], nodeSchema.parse(z.toJSONSchema(configSchema, { io: 'input' })));

/** Every key by its full name, in the order of the schema; `NAME` stands for names of the user's. */
export const configKeys: ReadonlyMap<string, ConfigKey> = keys;
/** Every table by its full name, in the order of the schema. */
export const configTables: ReadonlyMap<string, ConfigTable> = tables;

/** The key as the schema has it: `outputs.NAME.pin` for `outputs.front-strike.pin`. */
export function schemaKey(key: string): string {
  const path = key.split('.');
  for (let at = 1; at < path.length; at++) {
    if (tables.has([...path.slice(0, at), anyName].join('.'))) path[at] = anyName;
  }
  return path.join('.');
}

/** What the schema says about a key with the user's names in it; undefined for no key. */
export function keyAt(key: string): ConfigKey | undefined {
  return keys.get(schemaKey(key));
}

/** Every key with the names that `values`, a tree of tables, has in the place of `NAME`. */
export function keysOf(values: object): string[] {
  return [...keys.keys()].flatMap((key) => withNames(key, values));
}

/** `outputs.NAME.pin` with each name that `values` has there. */
export function withNames(key: string, values: object): string[] {
  const [before = '', after] = key.split(`.${anyName}`);
  if (after === undefined) return [key];
  let table: unknown = values;
  for (const name of before.split('.')) {
    table = typeof table === 'object' && table !== null ? Reflect.get(table, name) : undefined;
  }
  if (typeof table !== 'object' || table === null) return [];
  return Object.keys(table).map((name) => `${before}.${name}${after}`);
}

/** The names of the keys and tables directly inside `table` (`''` for the whole file). */
export function namesIn(table: string): string[] {
  const prefix = table === '' ? '' : `${schemaKey(table)}.`;
  return [...configTables.keys(), ...configKeys.keys()]
    .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('.'))
    .map((key) => key.slice(prefix.length));
}

/**
 * The key that was meant by one with another unit or with none: `hold_s` in `output.green` is `hold_ms`, and its
 * value 2 would be 2000.
 */
export function keyInOtherUnit(
  table: string,
  name: string,
  value: unknown,
): { name: string; word: string; value: number | undefined } | undefined {
  const given = splitUnit(name);
  for (const candidate of namesIn(table)) {
    const right = splitUnit(candidate);
    if (right.unit === undefined || right.stem === '' || right.stem !== given.stem || candidate === name)
      continue;
    const to = units[right.unit];
    const from = given.unit === undefined ? undefined : units[given.unit];
    if (to === undefined) continue;
    const convertible = from !== undefined && from.base === to.base && typeof value === 'number';
    return {
      name: candidate,
      word: to.word,
      value: convertible ? Number(((value * from.factor) / to.factor).toPrecision(12)) : undefined,
    };
  }
  return undefined;
}
