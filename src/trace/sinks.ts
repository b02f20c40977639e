import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WallClock } from '../../hal/contract/clock.ts';
import { roundForTrace, traceData } from './data.ts';
import type { TraceReader } from './reader.ts';
import { type TraceRecord, traceLine, traceVersion } from './record.ts';
import type { TraceRecorder } from './recorder.ts';

/** A full file is set aside as FILE.1, the one before as FILE.2, and so on: a day of a busy door in each. */
const maxTraceFileBytes = 25_000_000;
/** So many are kept besides the one that is written, and the oldest goes: at most 100 MB are on the disk. */
const partsKept = 3;

/** Records that may wait for the disk; about 25 MB. A disk slower than that for long ends the file. */
const queueRecords = 100_000;
/** Records are written together at this pace, to spare the disk. */
const writeEveryMs = 100;
/** Lines put together before the loop gets a turn: about 2 ms. */
const linesAtOnce = 1_000;

/** Where the runtime leaves what the ring held: after a fault, at the end, and on SIGUSR1. */
export function lastTracePath(stateDirectory: string): string {
  return join(stateDirectory, 'trace', 'last.ndjson');
}

/**
 * The trace in a file, one record a line, until it is closed. A disk that is full, slow or gone ends the file and
 * is told once to `onStopped`; the firmware notices nothing.
 */
export class TraceFile {
  readonly #path: string;
  readonly #recorder: TraceRecorder;
  readonly #wallClock: WallClock;
  readonly #maxBytes: number;
  readonly #onStopped: (error: Error) => void;
  readonly #reader: TraceReader;
  readonly #closing = Promise.withResolvers<void>();
  readonly #done: Promise<void>;
  #handle: FileHandle;
  #bytes = 0;

  private constructor(options: TraceFileOptions, handle: FileHandle) {
    this.#path = options.path;
    this.#recorder = options.recorder;
    this.#wallClock = options.wallClock;
    this.#maxBytes = options.maxBytes ?? maxTraceFileBytes;
    this.#onStopped = options.onStopped;
    this.#handle = handle;
    this.#reader = options.recorder.subscribe({ name: 'file', capacity: queueRecords, backlog: true });
    this.#done = this.#run();
  }

  /**
   * Begins the file anew, with the records still in memory; parts that an earlier run set aside are removed. Rejects
   * when it cannot be created.
   */
  static async open(options: TraceFileOptions): Promise<TraceFile> {
    for (let age = 1; age <= partsKept; age++) await rm(`${options.path}.${age}`).catch(ignoreAbsent);
    return new TraceFile(options, await open(options.path, 'w', 0o600));
  }

  /** Writes what is waiting, and closes the file. Idempotent; never throws. */
  async close(): Promise<void> {
    this.#reader.close();
    this.#closing.resolve();
    await this.#done;
  }

  async #run(): Promise<void> {
    try {
      await this.#writeHeading();
      for await (const batch of this.#reader) {
        await this.#write(batch);
        await Promise.race([Bun.sleep(writeEveryMs), this.#closing.promise]);
      }
      await this.#handle.close();
    } catch (error) {
      this.#reader.close();
      await this.#handle.close().catch(() => undefined);
      this.#onStopped(
        new Error(`the trace file ${this.#path} ends here: ${messageOf(error)}`, { cause: error }),
      );
    }
  }

  async #write(batch: readonly TraceRecord[]): Promise<void> {
    for (const text of slicesOf(batch)) {
      if (this.#bytes + text.length > this.#maxBytes) await this.#rotate();
      await this.#append(text);
    }
  }

  async #append(text: string): Promise<void> {
    await this.#handle.appendFile(text);
    this.#bytes += text.length;
  }

  async #rotate(): Promise<void> {
    await this.#handle.close();
    for (let age = partsKept; age > 0; age--) {
      const younger = age === 1 ? this.#path : `${this.#path}.${age - 1}`;
      await rename(younger, `${this.#path}.${age}`).catch(ignoreAbsent);
    }
    this.#handle = await open(this.#path, 'w', 0o600);
    this.#bytes = 0;
    await this.#writeHeading();
  }

  async #writeHeading(): Promise<void> {
    await this.#append(`${traceLine(traceHeading(this.#recorder, this.#wallClock))}\n`);
  }
}

export interface TraceFileOptions {
  readonly path: string;
  readonly recorder: TraceRecorder;
  readonly wallClock: WallClock;
  /** Why the file ended before it was closed. Called at most once. */
  readonly onStopped: (error: Error) => void;
  /** `maxTraceFileBytes` unless a test wants a small file. */
  readonly maxBytes?: number;
}

/** Writes the ring to `path`, whole or not at all; the loop gets its turns meanwhile. Rejects on a disk's error. */
export async function writeRing(recorder: TraceRecorder, wallClock: WallClock, path: string): Promise<void> {
  const records = [traceHeading(recorder, wallClock), ...recorder.records()];
  const partial = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(partial, 'w', 0o600);
    try {
      for (const text of slicesOf(records)) await handle.appendFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The first line of a file: which time of day its clock's times are. Not part of the stream, so numbered 0. */
export function traceHeading(recorder: TraceRecorder, wallClock: WallClock): TraceRecord {
  return {
    v: traceVersion,
    seq: 0,
    tMs: roundForTrace('tMs', recorder.nowMs()) ?? 0,
    kind: 'note',
    note: 'heading',
    data: traceData({ utcMs: wallClock.nowUtcMs(), clockTrusted: wallClock.trusted }),
  };
}

function* slicesOf(records: readonly TraceRecord[]): Generator<string> {
  for (let at = 0; at < records.length; at += linesAtOnce) {
    yield records
      .slice(at, at + linesAtOnce)
      .map((record) => `${traceLine(record)}\n`)
      .join('');
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
