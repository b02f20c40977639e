import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { stateDirectory } from '../people/state-directory.ts';
import { WholeTrace } from '../trace/lines.ts';
import { utcOffsetOf } from '../trace/read.ts';
import type { TraceRecord } from '../trace/record.ts';
import { lastTracePath } from '../trace/sinks.ts';
import { MissingError, UsageError } from './command.ts';
import { printNote } from './output.ts';

/** The trace that a command names, or the one that a device left in its state directory. */
export function tracePath(file: string | undefined, state: string | undefined): string {
  const path = file ?? lastTracePath(stateDirectory(state));
  if (!existsSync(path)) {
    throw new MissingError(
      file === undefined
        ? `no trace at ${path}. A device writes it when it stops, after a fault, or when its process gets SIGUSR1; or name a file written by 'vigil run --trace FILE'`
        : `no trace at ${path}`,
    );
  }
  if (!statSync(path).isFile()) throw new UsageError(`${path} is not a file; name one trace file`);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new UsageError(`${path} may not be read by you; traces are for the user that the device runs as`);
  }
  return path;
}

/** Opens a trace with the parts set aside before it. Throws MissingError, UsageError and TraceFileError. */
export function openTrace(path: string): WholeTrace {
  const trace = new WholeTrace(tracePath(path, undefined));
  for (const _ of trace) return trace;
  throw new UsageError(`${path} has no records`);
}

/** What a power cut did to the end of a file is said, and no more. */
export function sayIncomplete({ incomplete }: Pick<WholeTrace, 'incomplete'>): void {
  if (incomplete !== null) printNote(incomplete.message);
}

/** From when to when a trace reaches, and its clock's offset from UTC, where a heading says so. */
export interface TraceSpan {
  readonly first: TraceRecord;
  readonly last: TraceRecord;
  readonly utcOffsetMs: number | null;
}

/** Reads a trace from end to end once. Throws UsageError when there is nothing in it. */
export function spanOf(trace: Iterable<{ readonly record: TraceRecord }>): TraceSpan {
  let first: TraceRecord | undefined;
  let last: TraceRecord | undefined;
  let utcOffsetMs: number | null = null;
  for (const { record } of trace) {
    utcOffsetMs = utcOffsetOf(record) ?? utcOffsetMs;
    if (record.seq === 0) continue;
    first ??= record;
    last = record;
  }
  if (first === undefined || last === undefined) throw new UsageError('the trace has no records');
  return { first, last, utcOffsetMs };
}
