import { z } from 'zod';
import { type TraceRecord, traceKinds, traceRecordSchema, traceVersion } from './record.ts';

/** A line of a trace file that cannot be read. The message names file and line and says what to do. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError';
  readonly file: string;
  readonly line: number;

  constructor(file: string, line: number, problem: string) {
    super(`${file}:${line}: ${problem}`);
    this.file = file;
    this.line = line;
  }
}

export interface ReadTrace {
  /** In order, without the heading. */
  readonly records: readonly TraceRecord[];
  /** Add this to a record's `tMs` for the time of day, UTC; null where the file has no heading. */
  readonly utcOffsetMs: number | null;
  /** Set when the last line breaks off, as after a power cut: what is before it was read. */
  readonly incomplete: TraceFileError | null;
}

const versionSchema = z.object({ v: z.number() });
const headingData = z.object({ utcMs: z.number() });

/** Said of a last line without its end, as a power cut leaves it. */
export const breaksOff = 'the last line breaks off; the records before it are whole';

/** What a file's heading says: add it to a record's `tMs` for the time of day, UTC. Undefined for other records. */
export function utcOffsetOf(record: TraceRecord): number | undefined {
  if (record.seq !== 0 || record.kind !== 'note') return undefined;
  const heading = headingData.safeParse(record.data);
  return heading.success ? heading.data.utcMs - record.tMs : undefined;
}

/**
 * Reads the text of a trace file; `file` is for the messages. Throws TraceFileError for a line that is not a record.
 */
export function parseTrace(text: string, file: string): ReadTrace {
  const lines = text.split('\n');
  const unfinished = lines.pop() ?? ''; // a whole file ends with a line end
  const records: TraceRecord[] = [];
  let utcOffsetMs: number | null = null;
  let incomplete: TraceFileError | null = null;
  if (unfinished !== '' && isJson(unfinished)) lines.push(unfinished);
  else if (unfinished !== '') {
    const line = lines.length + 1;
    incomplete = new TraceFileError(file, line, breaksOff);
  }
  for (const [index, line] of lines.entries()) {
    const record = parseRecord(line, file, index + 1);
    if (record.seq > 0) records.push(record);
    else utcOffsetMs = utcOffsetOf(record) ?? utcOffsetMs;
  }
  return { records, utcOffsetMs, incomplete };
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One line of a trace file. Throws TraceFileError. */
export function parseRecord(text: string, file: string, line: number): TraceRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new TraceFileError(file, line, 'not a JSON object; a trace has one record a line');
  }
  const version = versionSchema.safeParse(json);
  if (!version.success) throw new TraceFileError(file, line, "not a trace record: it has no version 'v'");
  if (version.data.v !== traceVersion) {
    throw new TraceFileError(
      file,
      line,
      `trace version ${version.data.v}, but this program reads version ${traceVersion}; use the release that wrote it`,
    );
  }
  const record = traceRecordSchema.safeParse(json);
  if (record.success) return record.data;
  const issue = record.error.issues[0];
  if (issue?.path.join('.') === 'kind') {
    throw new TraceFileError(file, line, `field 'kind': allowed are ${traceKinds.join(', ')}`);
  }
  throw new TraceFileError(
    file,
    line,
    `field '${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'not valid'}`,
  );
}
