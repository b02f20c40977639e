import type { TraceData, TraceValue } from './data.ts';

/** A field of a record's data, however deep, or undefined: `fieldAt(data, 'grant', 'subjectId')`. */
export function fieldAt(data: TraceData | TraceValue | undefined, ...path: string[]): TraceValue | undefined {
  let value: TraceValue | undefined = data;
  for (const field of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = Object.entries(value).find(([key]) => key === field)?.[1];
  }
  return value;
}

export function textAt(data: TraceData | TraceValue | undefined, ...path: string[]): string | undefined {
  const value = fieldAt(data, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function numberAt(data: TraceData | TraceValue | undefined, ...path: string[]): number | undefined {
  const value = fieldAt(data, ...path);
  return typeof value === 'number' ? value : undefined;
}
