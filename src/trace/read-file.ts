import { parseTrace, type ReadTrace, TraceFileError } from './read.ts';

/** A file larger than this is not a trace that Vigil wrote. */
const maxBytes = 256 * 1024 * 1024;

/** Reads a trace file. Throws TraceFileError for a line that is not a record, and the system's error for the rest. */
export async function readTrace(path: string): Promise<ReadTrace> {
  const file = Bun.file(path);
  if (file.size > maxBytes) {
    throw new TraceFileError(
      path,
      1,
      `${file.size} bytes; a trace has at most ${maxBytes}. Split it by lines`,
    );
  }
  return parseTrace(await file.text(), path);
}
