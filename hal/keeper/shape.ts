/**
 * Checks of values from outside, for the keeper's process alone. Everywhere else that is zod's work; here zod would be
 * a quarter of the memory of a process that lives for months beside the firmware.
 */

/** Gives the value as what it was checked to be, or throws ShapeError. `place` is where it stands: `lines.0.name`. */
export type Shape<T> = (value: unknown, place: string) => T;

/** What a shape gives. */
export type Shaped<S> = S extends Shape<infer T> ? T : never;

export class ShapeError extends Error {
  override readonly name = 'ShapeError';

  constructor(place: string, wanted: string) {
    super(`${place === '' ? 'it' : place} must be ${wanted}`);
  }
}

function shape<T>(wanted: string, fits: (value: unknown) => value is T): Shape<T> {
  return (value, place) => {
    if (fits(value)) return value;
    throw new ShapeError(place, wanted);
  };
}

export const flag = shape('true or false', (value) => typeof value === 'boolean');
export const text = shape('a text', (value) => typeof value === 'string');

/** At least one character, at most as many. */
export function textOf(longest: number): Shape<string> {
  const fits = (value: unknown) => typeof value === 'string' && value.length > 0 && value.length <= longest;
  return shape(`a text of 1 to ${longest} characters`, (value): value is string => fits(value));
}

/** A finite number from `least` to `most`. */
export function numberFrom(least: number, most = Number.MAX_VALUE): Shape<number> {
  const wanted =
    most === Number.MAX_VALUE ? `a number from ${least} up` : `a number from ${least} to ${most}`;
  const fits = (value: unknown) => typeof value === 'number' && value >= least && value <= most;
  return shape(wanted, (value): value is number => fits(value));
}

/** A finite number above 0. */
export const positive = shape(
  'a number above 0',
  (value): value is number => typeof value === 'number' && value > 0 && value <= Number.MAX_VALUE,
);

export const whole = shape('a whole number', (value): value is number => Number.isSafeInteger(value));
export const natural = shape(
  'a whole number from 0 up',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);

export function oneOf<const T extends string | boolean | null>(...values: readonly T[]): Shape<T> {
  const wanted = values.map((value) => JSON.stringify(value)).join(' or ');
  return shape(wanted, (value): value is T => values.some((candidate) => candidate === value));
}

/** At least `least` of them. */
export function listOf<T>(item: Shape<T>, least = 0): Shape<T[]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length < least) {
      throw new ShapeError(place, least === 0 ? 'a list' : `a list of at least ${least}`);
    }
    return value.map((element: unknown, i) => item(element, at(place, String(i))));
  };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type FieldsOf<R extends Fields, O extends Fields> = { readonly [K in keyof R]: Shaped<R[K]> } & {
  readonly [K in keyof O]?: Shaped<O[K]>;
};

/** Every field of `required`, none but those and the ones of `optional`. */
export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Shape<FieldsOf<R, O>> {
  const shapes = new Map<string, Shape<unknown>>(Object.entries({ ...optional, ...required }));
  return (value, place) => {
    if (!isObject(value)) throw new ShapeError(place, 'an object');
    const checked = Object.entries(value).map(([name, field]) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw new ShapeError(at(place, name), 'left out: nothing has that name');
      return [name, shape(field, at(place, name))];
    });
    for (const name of Object.keys(required)) {
      if (!Object.hasOwn(value, name)) throw new ShapeError(at(place, name), 'there');
    }
    // Every field that the type names was checked above; the compiler cannot follow that through entries.
    return Object.fromEntries(checked) as FieldsOf<R, O>;
  };
}

/** One of several objects, told apart by what `key` says in them. */
export function oneOfBy<const K extends string, T>(
  key: K,
  shapes: Readonly<Record<string, Shape<T>>>,
): Shape<T> {
  return (value, place) => {
    const tag = isObject(value) ? String(value[key]) : undefined;
    const shape = tag !== undefined && Object.hasOwn(shapes, tag) ? shapes[tag] : undefined;
    if (shape === undefined) throw new ShapeError(at(place, key), Object.keys(shapes).join(' or '));
    return shape(value, place);
  };
}

export function nullOr<T>(inner: Shape<T>): Shape<T | null> {
  return (value, place) => (value === null ? null : inner(value, place));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`;
}
