import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HalError, type HalErrorKind } from '../contract/errors.ts';
import type { Store } from '../contract/store.ts';

/** Temporary files: hidden, with the process that writes them, so that those of dead processes can be removed. */
const temporaryName = /^\.(\d+)-[0-9a-f-]+\.writing$/;

/**
 * Blobs as files of a folder. A write goes to a temporary file beside its place, is flushed to the disk and takes
 * its place by a rename, which is flushed too: after a power cut the old or the new blob is there, whole.
 *
 * Rejects with HalError: `io` (disk full, quota, broken disk), `permission` (read-only, not ours),
 * `invalid-argument` (a key that is no relative path, or names a folder), `closed`.
 */
export class FileStore implements Store {
  readonly name: string;
  readonly #folder: string;
  /** The last write to each key that is under way, so that writes to one key keep their order. */
  readonly #writing = new Map<string, Promise<void>>();
  #opened: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Does nothing yet; the folder is made, and what a killed process left in it removed, at the first use. */
  constructor(folder: string) {
    this.name = folder;
    this.#folder = folder;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const path = this.#path(key);
    await this.#writing.get(key)?.catch(() => undefined);
    try {
      return new Uint8Array(await readFile(path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
      throw this.#error(key, error);
    }
  }

  write(key: string, bytes: Uint8Array): Promise<void> {
    const own = bytes.slice(); // the caller may use its array again before it is written
    return this.#inTurn(key, async (path) => {
      const temporary = join(dirname(path), `.${process.pid}-${randomUUID()}.writing`);
      try {
        await writeWhole(temporary, own);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      await flushFolder(dirname(path));
    });
  }

  /** What cannot be appended whole is taken back. */
  append(key: string, bytes: Uint8Array): Promise<void> {
    const own = bytes.slice();
    return this.#inTurn(key, async (path) => {
      const file = await open(path, 'a', 0o600);
      try {
        const { size } = await file.stat();
        try {
          await file.writeFile(own);
          await file.datasync();
        } catch (error) {
          await file.truncate(size).catch(() => undefined);
          throw error;
        }
        if (size === 0) await flushFolder(dirname(path));
      } finally {
        await file.close();
      }
    });
  }

  remove(key: string): Promise<void> {
    return this.#inTurn(key, async (path) => {
      try {
        await unlink(path);
      } catch (error) {
        if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return;
        throw error;
      }
      await flushFolder(dirname(path));
    });
  }

  /** Waits for the writes that are under way. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#writing.values()).then(() => undefined);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #inTurn(key: string, work: (path: string) => Promise<void>): Promise<void> {
    const path = this.#path(key);
    const before = this.#writing.get(key);
    const turn = (async () => {
      await before?.catch(() => undefined);
      try {
        await this.#open();
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await work(path);
      } catch (error) {
        throw this.#error(key, error);
      }
    })();
    this.#writing.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#writing.get(key) === turn) this.#writing.delete(key);
    }
  }

  #open(): Promise<void> {
    this.#opened ??= (async () => {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await removeLeftovers(this.#folder);
    })();
    this.#opened.catch(() => {
      this.#opened = undefined; // the disk may be there later
    });
    return this.#opened;
  }

  /** Throws `invalid-argument` unless the key is a relative path of plain names within the folder. */
  #path(key: string): string {
    if (this.#closing !== undefined) throw new HalError('closed', this.name, 'the store was closed');
    for (const part of key.split('/')) {
      if (part === '' || part === '.' || part === '..' || part.includes('\0') || temporaryName.test(part)) {
        throw new HalError(
          'invalid-argument',
          this.name,
          `'${key}' is no key: keys are relative paths, a/b.json`,
        );
      }
    }
    return join(this.#folder, key);
  }

  #error(key: string, error: unknown): HalError {
    if (error instanceof HalError) return error;
    const [kind, what] = failureOf(codeOf(error));
    const said = error instanceof Error ? error.message : String(error);
    return new HalError(kind, this.name, `'${key}': ${what ?? said}`, { cause: error });
  }
}

function failureOf(code: unknown): [kind: HalErrorKind, what?: string] {
  switch (code) {
    case 'ENOSPC':
      return ['io', 'the disk is full; free some space'];
    case 'EDQUOT':
      return ['io', 'the disk quota is used up'];
    case 'EROFS':
      return ['permission', 'the disk is read-only'];
    case 'EACCES':
    case 'EPERM':
      return ['permission', 'this user may not write or read there'];
    case 'EISDIR':
      return ['invalid-argument', 'is a folder'];
    case 'ENOTDIR':
    case 'EEXIST':
      return ['invalid-argument', 'lies under what is a file'];
    case 'ENAMETOOLONG':
      return ['invalid-argument', 'the name is too long'];
    default:
      return ['io'];
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is on the disk when its folder is. */
async function flushFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    // Some file systems cannot flush a folder; they order the rename themselves.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error;
  } finally {
    await folder?.close();
  }
}

/** Removes temporary files whose process is dead. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const pid = temporaryName.exec(entry.name)?.[1];
    if (pid === undefined || !entry.isFile() || isRunning(Number(pid))) continue;
    await rm(join(entry.parentPath, entry.name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // ours of now come after this; an older one had our number by chance
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
