import { isTerm, traceName } from './data.ts';
import type { TraceRecord } from './record.ts';

/** The fields of an error that hold a name given in code, which may have capitals and slashes. */
const codeNames = new Set(['error', 'device']);

/**
 * Where a record holds what none may: text that is no code or id (a name, a sentence), or a list of numbers (an
 * embedding, a sound). Looks at the record as it is written, whoever made it. Undefined where there is nothing.
 */
export function personalField(record: TraceRecord): string | undefined {
  if ('data' in record) return personalIn(record.data, 'data');
  return record.kind === 'guard' ? personalIn(record.values, 'values') : undefined;
}

function personalIn(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') {
    const named = codeNames.has(path.slice(path.lastIndexOf('.') + 1)) && traceName(value) === value;
    return named || isTerm(value) ? undefined : path;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value) && value.some((entry) => typeof entry === 'number')) return path;
  for (const [field, below] of Object.entries(value)) {
    const found = personalIn(below, `${path}.${field}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
