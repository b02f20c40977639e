import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { breaksOff, isJson, parseRecord, TraceFileError } from './read.ts';
import { type TraceRecord, traceLine } from './record.ts';

/** A record as it stands in a file. */
export interface TraceEntry {
  readonly record: TraceRecord;
  /** The line itself, without its end. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** Read at once. */
const chunkBytes = 256 * 1024;
/** A longer line is none that Vigil wrote. */
const maxLineBytes = 1024 * 1024;
const lineEnd = 0x0a;

/**
 * The records of a trace file, one after another, headings included; the file may be of any length. Throws
 * TraceFileError for a line that is not a record, and the system's error for the rest.
 */
export class TraceLines implements Iterable<TraceEntry> {
  readonly #path: string;
  #incomplete: TraceFileError | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Once all was read: that the last line breaks off, if it does. It is not among the records. */
  get incomplete(): TraceFileError | null {
    return this.#incomplete;
  }

  *[Symbol.iterator](): Generator<TraceEntry, void, undefined> {
    this.#incomplete = null;
    let line = 0;
    for (const { text, ended } of linesOf(this.#path)) {
      line++;
      if (!ended && !isJson(text)) {
        this.#incomplete = new TraceFileError(this.#path, line, breaksOff);
        return;
      }
      yield { record: parseRecord(text, this.#path, line), text, file: this.#path, line };
    }
  }
}

/** Records in memory as if they stood in a file. */
export function* entriesOf(records: Iterable<TraceRecord>, file: string): Generator<TraceEntry> {
  let line = 0;
  for (const record of records) yield { record, text: traceLine(record), file, line: ++line };
}

/**
 * A trace with the parts that were set aside before it: `path.1` and older ones, back to the one with the first
 * record, or to the oldest that is still there.
 */
export class WholeTrace implements Iterable<TraceEntry> {
  /** The oldest first; the given path is the last. */
  readonly parts: readonly TraceLines[];

  constructor(path: string) {
    const parts = [new TraceLines(path)];
    for (let age = 1; firstSeq(parts[0]) > 1 && existsSync(`${path}.${age}`); age++) {
      parts.unshift(new TraceLines(`${path}.${age}`));
    }
    this.parts = parts;
  }

  /** Once all was read: that the last line breaks off, if it does. */
  get incomplete(): TraceFileError | null {
    return this.parts.find(({ incomplete }) => incomplete !== null)?.incomplete ?? null;
  }

  *[Symbol.iterator](): Generator<TraceEntry, void, undefined> {
    for (const part of this.parts) yield* part;
  }
}

function firstSeq(lines: Iterable<TraceEntry> | undefined): number {
  for (const { record } of lines ?? []) if (record.seq > 0) return record.seq;
  return 0;
}

function* linesOf(path: string): Generator<{ text: string; ended: boolean }> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
    let lines = 0;
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
      let from = 0;
      for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, from)) {
        yield { text: bytes.toString('utf8', from, end), ended: true };
        lines++;
        from = end + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length > maxLineBytes) {
        throw new TraceFileError(
          path,
          lines + 1,
          `longer than ${maxLineBytes} bytes; a trace has one record a line`,
        );
      }
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), ended: false };
  } finally {
    closeSync(file);
  }
}
