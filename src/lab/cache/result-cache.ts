import type { Database } from 'bun:sqlite';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { openPrivately } from '../../database/database-file.ts';

/** Part of the file's name: another layout is another file, so that versions do not read each other's. */
const layout = 1;
const fileName = `lab-${layout}.sqlite`;
const filesOfAnyLayout = /^lab-\d+\.sqlite(-wal|-shm)?$/;
const busyTimeoutMs = 5000;

/** Where the lab keeps what it computed: $VIGIL_CACHE, else `vigil` in $XDG_CACHE_HOME or ~/.cache. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  if (environment.VIGIL_CACHE) return resolve(environment.VIGIL_CACHE);
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'vigil');
}

/** The key of a result: a hash of everything that it depends on, each part for itself. */
export function resultKey(...parts: readonly (string | Uint8Array)[]): string {
  const hasher = new Bun.CryptoHasher('sha256');
  for (const part of parts) hasher.update(`${part.length}\0`).update(part);
  return hasher.digest('hex');
}

/**
 * Results by key, in one file that several processes may write at once; what was written is whole or is not there. A
 * run that was interrupted finds what it had computed. It holds embeddings of faces, which are biometric data: the file
 * is readable by its owner only, `vigil lab cache clear` and `vigil people forget` delete it.
 *
 * A cache is never the reason that a measurement fails: one that is damaged is begun anew, one that cannot be written is
 * done without, and both are said once.
 */
export class ResultCache implements Disposable {
  readonly #path: string;
  readonly #warn: (message: string) => void;
  #database: Database | undefined;
  /** Results that were found since it was opened. */
  found = 0;

  constructor(folder: string, warn: (message: string) => void) {
    this.#path = join(folder, fileName);
    this.#warn = warn;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#database = this.#openOrRenew();
    } catch (error) {
      this.#doWithout(error);
    }
  }

  /** What was stored under the key; undefined where nothing fits the schema. */
  get<T>(key: string, schema: z.ZodType<T>): T | undefined {
    try {
      const row = this.#database
        ?.query<{ value: string }, [string]>('SELECT value FROM result WHERE key = ?')
        .get(key);
      if (!row) return undefined;
      const parsed = schema.safeParse(JSON.parse(row.value));
      if (!parsed.success) return undefined;
      this.found++;
      return parsed.data;
    } catch (error) {
      this.#recover(error);
      return undefined;
    }
  }

  /** Stores a value that JSON can hold. */
  set(key: string, value: unknown): void {
    try {
      this.#database?.query('INSERT OR REPLACE INTO result VALUES (?, ?)').run(key, JSON.stringify(value));
    } catch (error) {
      this.#recover(error);
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #recover(error: unknown): void {
    this[Symbol.dispose]();
    try {
      if (!isDamage(error)) throw error;
      this.#database = this.#renew();
    } catch (failure) {
      this.#doWithout(failure);
    }
  }

  #openOrRenew(): Database {
    try {
      return open(this.#path);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return this.#renew();
    }
  }

  #renew(): Database {
    this.#warn(`${this.#path} is damaged; it is begun anew`);
    removeFiles(this.#path);
    return open(this.#path);
  }

  #doWithout(error: unknown): void {
    this.#warn(
      `${this.#path}: ${error instanceof Error ? error.message : error}. Nothing more is kept there: ` +
        'what is computed from here on is computed again next time',
    );
  }
}

function open(path: string): Database {
  const database = openPrivately(path, { busyTimeoutMs, synchronous: 'NORMAL' });
  try {
    database.run('CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
    database.query('SELECT key, value FROM result LIMIT 1').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** No database, a torn one, or tables that are not ours. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^SQLITE_(CORRUPT|NOTADB|ERROR|IOERR_SHORT_READ)/.test(code) || error instanceof SyntaxError;
}

function removeFiles(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/** What lies in the folder: results of this layout, and bytes of all. */
export function cacheContents(folder: string): { results: number; bytes: number } {
  const bytes = cacheFiles(folder).reduce((sum, path) => sum + statSync(path).size, 0);
  if (!existsSync(join(folder, fileName))) return { results: 0, bytes };
  try {
    const database = open(join(folder, fileName));
    try {
      const row = database.query<{ results: number }, []>('SELECT count(*) AS results FROM result').get();
      return { results: row?.results ?? 0, bytes };
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { results: 0, bytes };
  }
}

/** Deletes the results of every layout; gives how many bytes they were. */
export function clearCache(folder: string): number {
  const files = cacheFiles(folder);
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  for (const path of files) rmSync(path, { force: true });
  return bytes;
}

function cacheFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => filesOfAnyLayout.test(name))
    .map((name) => join(folder, name));
}
