import type { TraceEntry } from './lines.ts';
import type { TraceRecord } from './record.ts';
import { tellRecord } from './tell-record.ts';

/** Where two traces part. */
export interface TraceDifference {
  /** The first that is not the same on both sides; null where a side has ended. */
  readonly left: TraceRecord | null;
  readonly right: TraceRecord | null;
  /** Records that are the same, just before; ten at most. */
  readonly before: readonly TraceRecord[];
}

export interface TraceComparison {
  /** Records that are the same. */
  readonly records: number;
  readonly difference: TraceDifference | null;
}

/** How many records before a difference are told. */
export const recordsBefore = 10;

/** Compares two traces byte for byte, record by record; headings of files and what `isLeftOut` are no part of it. */
export function compareTraces(
  left: Iterable<TraceEntry>,
  right: Iterable<TraceEntry>,
  isLeftOut: (record: TraceRecord) => boolean = () => false,
): TraceComparison {
  const [lefts, rights] = [left, right].map((entries) => entries[Symbol.iterator]());
  const next = (entries: Iterator<TraceEntry> | undefined): TraceEntry | null => {
    for (;;) {
      const item = entries?.next();
      if (item === undefined || item.done === true) return null;
      if (item.value.record.seq > 0 && !isLeftOut(item.value.record)) return item.value;
    }
  };
  const before: TraceRecord[] = [];
  for (let records = 0; ; records++) {
    const [a, b] = [next(lefts), next(rights)];
    if (a === null && b === null) return { records, difference: null };
    if (a?.text !== b?.text) {
      return { records, difference: { left: a?.record ?? null, right: b?.record ?? null, before } };
    }
    if (a === null) continue;
    before.push(a.record);
    if (before.length > recordsBefore) before.shift();
  }
}

/** The difference for people: the records before, both sides, and the fields that differ. */
export function tellDifference(
  { left, right, before }: TraceDifference,
  names: { readonly left: string; readonly right: string },
): string[] {
  const width = Math.max(names.left.length, names.right.length);
  const line = (side: string, record: TraceRecord | null, nothing: string) =>
    `${side.padEnd(width)}  ${record === null ? nothing : toldWithTime(record)}`;
  const lines = before.map((record) => line('', record, ''));
  lines.push(line(names.left, left, '(nothing more)'), line(names.right, right, '(nothing more)'));
  if (left !== null && right !== null && left.kind === right.kind) {
    for (const { path, values } of differingFields(left, right)) {
      const [one, other] = values.map((value) => (value === undefined ? 'nothing' : JSON.stringify(value)));
      lines.push(`${''.padEnd(width)}  ${path}: ${one} | ${other}`);
    }
  }
  return lines;
}

function toldWithTime(record: TraceRecord): string {
  return `${(record.tMs / 1_000).toFixed(3)} s ${tellRecord(record)}`;
}

function differingFields(left: TraceRecord, right: TraceRecord): { path: string; values: unknown[] }[] {
  const [lefts, rights] = [fieldsOf(left), fieldsOf(right)];
  return [...new Set([...lefts.keys(), ...rights.keys()])]
    .map((path) => ({ path, values: [lefts.get(path), rights.get(path)] }))
    .filter(({ values: [a, b] }) => a !== b);
}

/** Every number, text and so on of a record, by its path. */
function fieldsOf(value: unknown, path = '', fields = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null) return fields.set(path, value);
  for (const [key, below] of Object.entries(value)) {
    fieldsOf(below, path === '' ? key : `${path}.${key}`, fields);
  }
  return fields;
}
