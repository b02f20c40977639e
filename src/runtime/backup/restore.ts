import { Database } from 'bun:sqlite';
import { createReadStream, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PeopleStore } from '../../people/store.ts';
import { type BackupIndex, databaseFiles, indexSchema } from './contents.ts';
import { BackupError, openStream } from './sealed-stream.ts';

export interface RestoreRequest {
  readonly input: string;
  readonly passphrase: Uint8Array;
  readonly stateDirectory: string;
  /** Put what is there aside, in place of refusing. */
  readonly replace: boolean;
  readonly nowUtcMs: number;
}

export interface Restored {
  readonly vigil: string;
  readonly madeAt: string;
  readonly files: number;
  readonly people: number;
  /** Where the state directory was put that was there before; null where there was none. */
  readonly asideAs: string | null;
}

/**
 * Reads a backup wholly, beside the state directory, checks every byte of it and opens the people in it with their
 * keys; only then one rename puts it in its place. Rejects with BackupError for a file that is none, damaged, cut off,
 * of another key or of a newer vigil, and when the state directory has something in it; nothing has changed then.
 */
export async function restoreBackup(request: RestoreRequest, signal: AbortSignal): Promise<Restored> {
  const { stateDirectory, nowUtcMs } = request;
  const isThere = existsSync(stateDirectory) && readdirSync(stateDirectory).length > 0;
  if (isThere && !request.replace) {
    throw new BackupError(
      `${stateDirectory} is not empty. Stop the device and give --replace: what is there is put aside, not deleted.`,
    );
  }
  const stamp = new Date(nowUtcMs).toISOString().slice(0, 19).replaceAll(':', '-');
  const staging = `${stateDirectory}.restoring`;
  await rm(staging, { recursive: true, force: true });
  mkdirSync(dirname(stateDirectory), { recursive: true });
  await mkdir(staging, { mode: 0o700 });
  try {
    const pieces = openStream(createReadStream(request.input), request.passphrase);
    const index = await unpack(pieces, staging, signal);
    const people = checkPeople(staging);
    const asideAs = isThere ? `${stateDirectory}.before-${stamp}` : null;
    if (asideAs !== null) await rename(stateDirectory, asideAs);
    else await rm(stateDirectory, { recursive: true, force: true });
    await rename(staging, stateDirectory);
    await syncFolder(dirname(stateDirectory));
    return { vigil: index.vigil, madeAt: index.madeAt, files: index.files.length, people, asideAs };
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

/** Writes the files of the backup into the folder, each checked by its length and hash. */
async function unpack(
  pieces: AsyncIterable<Uint8Array>,
  folder: string,
  signal: AbortSignal,
): Promise<BackupIndex> {
  const reader = new ByteReader(pieces);
  const index = readIndex(await reader.line());
  for (const { path, sizeBytes, sha256 } of index.files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const file = await open(target, 'wx', 0o600);
    try {
      const hash = await writeBytes(file, reader, sizeBytes, signal);
      if (hash !== sha256) throw new BackupError(`It is damaged: ${path} is not what was backed up.`);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  if (!(await reader.isAtEnd())) throw new BackupError('It is damaged: there is more in it than it says.');
  return index;
}

async function writeBytes(
  file: FileHandle,
  reader: ByteReader,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256');
  for (let left = sizeBytes; left > 0; ) {
    signal.throwIfAborted();
    const piece = await reader.atMost(left);
    hasher.update(piece);
    await file.writeFile(piece);
    left -= piece.length;
  }
  return hasher.digest('hex');
}

function readIndex(line: string): BackupIndex {
  try {
    return indexSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new BackupError('Its list of files cannot be read: it was made by another version of vigil.', {
      cause: error,
    });
  }
}

/** Opens the databases that were restored: their schema must be known, and the people's keys fit. Gives the people. */
function checkPeople(folder: string): number {
  for (const name of databaseFiles) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const database = new Database(path);
    const row = database.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').get();
    database.close();
    if (row?.quick_check !== 'ok') throw new BackupError(`It is damaged: ${name} is no whole database.`);
  }
  if (!existsSync(join(folder, 'people.db'))) return 0;
  using store = PeopleStore.open({ directory: folder, wallClock: { nowUtcMs: () => Date.now() } });
  return store.people().length;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** An index of a hundred thousand originals is 20 MB. */
const longestIndexBytes = 64 * 1024 * 1024;

/** Takes bytes out of pieces of any size. Throws BackupError where they end too early. */
class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#iterator = pieces[Symbol.asyncIterator]();
  }

  /** Up to a line end, which is taken, too. */
  async line(): Promise<string> {
    let end = this.#waiting.indexOf(0x0a);
    while (end === -1) {
      if (this.#waiting.length > longestIndexBytes || !(await this.#more())) {
        throw new BackupError('It is damaged: it has no list of files.');
      }
      end = this.#waiting.indexOf(0x0a);
    }
    const line = this.#waiting.subarray(0, end).toString();
    this.#waiting = this.#waiting.subarray(end + 1);
    return line;
  }

  /** Some bytes, at most so many. */
  async atMost(count: number): Promise<Uint8Array> {
    while (this.#waiting.length === 0) {
      if (!(await this.#more())) throw new BackupError('It is cut off.');
    }
    const piece = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(piece.length);
    return piece;
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#waiting.length === 0) if (!(await this.#more())) return true;
    return false;
  }

  async #more(): Promise<boolean> {
    const next = await this.#iterator.next();
    if (next.done === true) return false;
    this.#waiting =
      this.#waiting.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#waiting, next.value]);
    return true;
  }
}
