import { Database, type SQLQueryBindings } from 'bun:sqlite';
import { closeSync, openSync } from 'node:fs';
import { DatabaseError, diskTrouble } from './disk-trouble.ts';

/** How long a write waits for another process before it is `locked`. */
const busyTimeoutMs = 2000;

export interface DatabaseOptions {
  readonly path: string;
  /**
   * The steps of the schema; the database's user_version says how many were taken. A step that was published is never
   * changed, only followed by another. The first makes the table `setting (name, value)`.
   */
  readonly migrations: readonly string[];
  /** The settings to store in the transaction that makes the tables. */
  readonly onCreate?: () => Readonly<Record<string, Uint8Array>>;
  /** Look for damage when it is opened: a second for a hundred megabytes. */
  readonly quickCheck: boolean;
  /** What the owner throws for what SQLite, the file system or this file (DatabaseError) has thrown. */
  readonly asError: (thrown: unknown, path: string) => Error;
}

/**
 * The database file: readable by its owner only, write-ahead log, every commit on disk before it is confirmed,
 * deleted bytes overwritten, no temporary files. What a method throws is the owner's error (`asError`).
 */
export class DatabaseFile {
  readonly path: string;
  readonly #asError: DatabaseOptions['asError'];
  #open: Database | undefined;
  #ownWrites = 0;

  private constructor({ path, asError }: DatabaseOptions, database: Database) {
    this.path = path;
    this.#asError = asError;
    this.#open = database;
  }

  /** Opens the file or makes it. */
  static open(options: DatabaseOptions): DatabaseFile {
    const { path, migrations, quickCheck, asError } = options;
    let database: Database | undefined;
    try {
      database = openPrivately(path, { busyTimeoutMs, synchronous: 'FULL' });
      database.run('PRAGMA temp_store = MEMORY');
      database.run('PRAGMA foreign_keys = ON');
      if (schemaVersion(database, options) < migrations.length) migrate(database, options);
      if (quickCheck) checkIntegrity(database);
      return new DatabaseFile(options, database);
    } catch (error) {
      database?.close();
      throw asError(error, path);
    }
  }

  all<Row>(sql: string, ...bindings: SQLQueryBindings[]): Row[] {
    return this.#guard((database) => database.query<Row, SQLQueryBindings[]>(sql).all(...bindings));
  }

  /** The first row. */
  get<Row>(sql: string, ...bindings: SQLQueryBindings[]): Row | undefined {
    return this.all<Row>(sql, ...bindings)[0];
  }

  /** Runs a statement; gives the number of rows changed. */
  run(sql: string, ...bindings: SQLQueryBindings[]): number {
    return this.#guard((database) => database.query(sql).run(...bindings).changes);
  }

  /** One transaction: whole or not at all, on disk when it returns. */
  write<T>(work: () => T): T {
    return this.#guard((database) => {
      const result = database.transaction(work).immediate();
      this.#ownWrites++;
      return result;
    });
  }

  setting(name: string): Uint8Array | undefined {
    return this.get<{ value: Uint8Array }>('SELECT value FROM setting WHERE name = ?', name)?.value;
  }

  /** Differs from an earlier answer when anything was written since, here or by another process. */
  revision(): string {
    return this.#guard((database) => `${pragmaNumber(database, 'data_version')}.${this.#ownWrites}`);
  }

  /** To be called in the transaction that deletes something personal, with `scrub` after it. */
  noteErasure(): void {
    this.run("INSERT OR REPLACE INTO setting VALUES ('erasure-pending', x'01')");
  }

  /**
   * Overwrites what erasures have left: rebuilds the file (a row that was moved may leave a copy in a page's free
   * space, which secure_delete does not reach) and empties the write-ahead log. False when another process is in the
   * middle of a read or the disk is too full for a second copy; then the next open does it. Does nothing when nothing
   * was erased.
   *
   * Out of reach: blocks that the file system or the flash chip has already let go.
   */
  scrub(): boolean {
    if (this.setting('erasure-pending') === undefined) return true;
    const rebuilt = this.#guard((database) => {
      try {
        database.run('VACUUM');
        return true;
      } catch (error) {
        if (['locked', 'full'].includes(diskTrouble(error)?.kind ?? '')) return false;
        throw error;
      }
    });
    if (!rebuilt) return false;
    if (this.get<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')?.busy !== 0) return false;
    this.run("DELETE FROM setting WHERE name = 'erasure-pending'");
    return true;
  }

  /** Idempotent; later calls throw `closed`. */
  close(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  #guard<T>(work: (database: Database) => T): T {
    try {
      if (this.#open === undefined) throw new DatabaseError('closed', 'it was closed');
      return work(this.#open);
    } catch (error) {
      throw this.#asError(error, this.path);
    }
  }
}

/**
 * Opens a file of SQLite or makes it: readable by its owner only, with a write-ahead log, deleted bytes overwritten. With
 * `NORMAL` a power cut may lose the last commits and tears none. Throws what SQLite or the file system throws.
 */
export function openPrivately(
  path: string,
  {
    busyTimeoutMs: waitMs,
    synchronous,
  }: { readonly busyTimeoutMs: number; readonly synchronous: 'FULL' | 'NORMAL' },
): Database {
  // SQLite gives its log and index files the rights of the main file.
  closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path, { readwrite: true, create: true, strict: true });
  try {
    database.run(`PRAGMA busy_timeout = ${waitMs}`);
    database.run('PRAGMA journal_mode = WAL');
    database.run(`PRAGMA synchronous = ${synchronous}`);
    database.run('PRAGMA secure_delete = ON');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function schemaVersion(database: Database, { migrations }: DatabaseOptions): number {
  const version = pragmaNumber(database, 'user_version');
  if (version > migrations.length) {
    throw new DatabaseError(
      'newer-version',
      `it was written by a newer vigil (schema ${version}, this one knows ${migrations.length}). ` +
        'Update vigil, or name another place with --state DIR',
    );
  }
  return version;
}

function migrate(database: Database, options: DatabaseOptions): void {
  const { migrations, onCreate } = options;
  // Immediate: of two processes that start together, one makes the tables and the other finds them.
  const takeSteps = database.transaction(() => {
    const version = schemaVersion(database, options);
    if (version === migrations.length) return;
    for (const step of migrations.slice(version)) database.run(step);
    database.run(`PRAGMA user_version = ${migrations.length}`);
    if (version > 0) return;
    for (const [name, value] of Object.entries(onCreate?.() ?? {})) {
      database.run('INSERT INTO setting VALUES (?, ?)', [name, value]);
    }
  });
  takeSteps.immediate();
}

function checkIntegrity(database: Database): void {
  const rows = database.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').all();
  if (rows[0]?.quick_check !== 'ok') throw new DatabaseError('corrupt', 'it is damaged');
}

/** The value of a pragma that gives one whole number. */
function pragmaNumber(database: Database, pragma: 'user_version' | 'data_version'): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${pragma}`).get();
  return row?.[pragma] ?? 0;
}
