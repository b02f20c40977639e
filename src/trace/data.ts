import { HalError } from '../../hal/contract/errors.ts';

declare const checked: unique symbol;

/** What a field of a record may hold. Strings are terms (codes, ids), never sentences. */
export type TraceValue =
  | number
  | boolean
  | null
  | string
  | readonly TraceValue[]
  | { readonly [field: string]: TraceValue };

/**
 * The free part of a record. Only `traceData` makes one, so that nothing reaches the trace without having been
 * looked at.
 */
export type TraceData = { readonly [field: string]: TraceValue } & { readonly [checked]: true };

/** Digits kept after the point, by the unit in the field's name, so that a trace is the same on every machine. */
const traceDecimals = { Ms: 3, Px: 2, Deg: 2, other: 5 } as const;

/** The only fields whose strings are written, and only when they hold a term. Names of people are in none of them. */
const termFields = new Set([
  'by',
  'cause',
  'challenge',
  'code',
  'commit',
  'condition',
  'covered',
  'decision',
  'device',
  'error',
  'grantId',
  'health',
  'input',
  'kind',
  'level',
  'line',
  'mode',
  'model',
  'part',
  'phase',
  'pipelineId',
  'policy',
  'preset',
  'require',
  'requireAtNight',
  'requireDegraded',
  'rule',
  'secondSubjectId',
  'sha256',
  'state',
  'sense',
  'strain',
  'subjectId',
  'tags',
  'tailgating',
  'version',
  'why',
]);

/** A code or an id: no blank, no capital in front, no slash. */
const term = /^[a-z0-9][A-Za-z0-9_.:+-]{0,79}$/;
/** A name that was given in code: an actor, a device, an event. */
const codeName = /^[A-Za-z0-9_(*][A-Za-z0-9_.:/#()*+-]{0,119}$/;

/** Stands where a name would be that was not given in code. */
const withheld = '(withheld)';

const maxDepth = 4;
const maxFields = 32;
const maxEntries = 64;

/**
 * The part of `input` that may be written down: numbers (rounded), booleans, and terms in the few fields made for
 * them. Lists of numbers (an embedding), buffers, class instances, functions and texts are left out, so that no
 * name, picture, sound or embedding can slip in with an event.
 */
export function traceData(input: unknown): TraceData {
  return dataOf(isPlainObject(input) ? input : {}, 0);
}

/** The same for an event: all but its type. Snapshots of children are recorded as such, not as events. */
export function eventData(event: { readonly type: string; readonly [field: string]: unknown }): TraceData {
  if (event.type.startsWith('xstate.snapshot.')) return dataOf({}, 0);
  const { type: _, ...fields } = event;
  return dataOf(fields, 0);
}

/** Whether the text is a code or an id. */
export function isTerm(text: string): boolean {
  return term.test(text);
}

/**
 * The name of an actor, device or event as it is, or `(withheld)` where it has blanks, letters beyond ASCII, or an
 * address's user and password. XState's own events (`xstate.after.hold time.output.on`) carry names from the
 * machines, which may have blanks, and the ids of actors, which may not.
 */
export function traceName(name: string): string {
  const own = /^xstate\.(done|error)\.actor\./.exec(name)?.[0];
  if (own !== undefined) return own + traceName(name.slice(own.length));
  if (name.startsWith('xstate.')) return name;
  return codeName.test(name) ? name : withheld;
}

/** The number as it is written in `field`. What is not finite is null. */
export function roundForTrace(field: string, value: number): number | null {
  if (Number.isInteger(value)) return value;
  if (!Number.isFinite(value)) return null;
  const scale = 10 ** decimalsOf(field);
  return Math.round(value * scale) / scale;
}

function decimalsOf(field: string): number {
  if (field.endsWith('Ms')) return traceDecimals.Ms;
  if (field.endsWith('Px')) return traceDecimals.Px;
  if (field.endsWith('Deg')) return traceDecimals.Deg;
  return traceDecimals.other;
}

function dataOf(input: Readonly<Record<string, unknown>>, depth: number): TraceData {
  const data: Record<string, TraceValue> = {};
  let fields = 0;
  for (const field in input) {
    if (!term.test(field)) continue;
    const value = traceValueOf(field, input[field], depth);
    if (value === undefined) continue;
    data[field] = value;
    if (++fields === maxFields) break;
  }
  return data as TraceData;
}

/** The value as it may be written, or undefined where nothing of it may. */
function traceValueOf(field: string, value: unknown, depth: number): TraceValue | undefined {
  switch (typeof value) {
    case 'number':
      return roundForTrace(field, value);
    case 'boolean':
      return value;
    case 'string':
      if (!termFields.has(field)) return undefined;
      return term.test(value) ? value : undefined;
    case 'object':
      if (value === null) return null;
      if (value instanceof Error) return errorData(value);
      if (depth === maxDepth) return undefined;
      if (Array.isArray(value)) return listOf(field, value, depth);
      return isPlainObject(value) ? dataOf(value, depth + 1) : undefined;
    default:
      return undefined;
  }
}

function listOf(field: string, list: readonly unknown[], depth: number): TraceValue | undefined {
  const values: TraceValue[] = [];
  for (const entry of list.slice(0, maxEntries)) {
    if (typeof entry === 'number') return undefined;
    const value = traceValueOf(field, entry, depth + 1);
    if (value !== undefined) values.push(value);
  }
  return values;
}

/**
 * An error without its message, which can hold paths and addresses with passwords: what it is, and what the machines
 * decide by, `kind` and `retryable`.
 */
export function errorData(error: Error): TraceData {
  const data: Record<string, TraceValue> = {
    error: error instanceof HalError ? 'hal' : traceName(error.name),
  };
  if ('kind' in error && typeof error.kind === 'string' && term.test(error.kind)) data.kind = error.kind;
  if (error instanceof HalError) data.device = traceName(error.device);
  if ('retryable' in error && typeof error.retryable === 'boolean') data.retryable = error.retryable;
  return data as TraceData;
}

/**
 * The value with every number in it rounded as `traceData` would. What comes to the machines from outside passes
 * through here first, so that nothing they decide rests on digits that no recording has.
 */
export function roundedForTrace<T>(value: T): T {
  return rounded('', value) as T;
}

function rounded(field: string, value: unknown): unknown {
  if (typeof value === 'number') return roundForTrace(field, value) ?? value;
  if (Array.isArray(value)) return value.map((entry) => rounded(field, entry));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, rounded(key, below)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
