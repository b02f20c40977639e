import { Database, type SQLQueryBindings } from 'bun:sqlite';
import { closeSync, openSync } from 'node:fs';
import { asPeopleStoreError, PeopleStoreError } from './errors.ts';

/** How long a write waits for another process before it is `locked`. */
const busyTimeoutMs = 2000;

/**
 * The steps of the schema; the database's user_version says how many were taken. A step that was published is never
 * changed, only followed by another.
 *
 * Everything personal is sealed (see keys.ts) or a keyed tag; what is readable are random ids, pipeline ids and times.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE person (
    subject_id      TEXT PRIMARY KEY,
    name_tag        BLOB NOT NULL UNIQUE,  -- tag of the case-folded name
    wrapped_key     BLOB NOT NULL,
    profile         BLOB NOT NULL,         -- sealed JSON: name, consent, hours, last day
    created_utc_ms  INTEGER NOT NULL,
    disabled        INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE sample (
    sample_id       TEXT PRIMARY KEY,
    subject_id      TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    kind            TEXT NOT NULL CHECK (kind IN ('face', 'voice')),
    pipeline_id     TEXT NOT NULL,
    content_tag     BLOB NOT NULL,         -- tag of the SHA-256 of the picture or sound
    dataset_tag     BLOB,                  -- tag of the dataset folder it was imported from
    path_tag        BLOB,                  -- tag of that folder and the path in it
    embedding       BLOB NOT NULL,         -- sealed 32-bit floats, little endian
    details         BLOB NOT NULL,         -- sealed JSON: quality, provenance
    added_utc_ms    INTEGER NOT NULL,
    UNIQUE (subject_id, kind, pipeline_id, content_tag)
  ) STRICT;
  CREATE INDEX sample_by_content ON sample (content_tag, kind, pipeline_id);
  CREATE INDEX sample_by_dataset ON sample (dataset_tag) WHERE dataset_tag IS NOT NULL;

  -- Pictures and sounds of people who were forgotten: imports leave them out.
  CREATE TABLE forgotten (
    content_tag       BLOB PRIMARY KEY,
    forgotten_utc_ms  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/**
 * The database file: readable by its owner only, write-ahead log, every commit on disk before it is confirmed,
 * deleted bytes overwritten, no temporary files. Every method throws PeopleStoreError.
 */
export class PeopleDatabase {
  readonly path: string;
  #open: Database | undefined;
  #ownWrites = 0;

  private constructor(path: string, database: Database) {
    this.path = path;
    this.#open = database;
  }

  /** Opens the file or makes it. `onCreate` gives the settings to store in the transaction that makes the tables. */
  static open(path: string, onCreate: () => Readonly<Record<string, Uint8Array>>): PeopleDatabase {
    let database: Database | undefined;
    try {
      // SQLite gives its log and index files the rights of the main file.
      closeSync(openSync(path, 'a', 0o600));
      database = new Database(path, { readwrite: true, create: true, strict: true });
      database.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
      database.run('PRAGMA journal_mode = WAL');
      database.run('PRAGMA synchronous = FULL');
      database.run('PRAGMA secure_delete = ON');
      database.run('PRAGMA temp_store = MEMORY');
      database.run('PRAGMA foreign_keys = ON');
      if (schemaVersion(database, path) < migrations.length) migrate(database, path, onCreate);
      checkIntegrity(database, path);
      return new PeopleDatabase(path, database);
    } catch (error) {
      database?.close();
      throw asPeopleStoreError(error, path);
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
    try {
      this.#guard((database) => database.run('VACUUM'));
    } catch (error) {
      if (error instanceof PeopleStoreError && ['locked', 'full'].includes(error.kind)) return false;
      throw error;
    }
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
    if (this.#open === undefined) throw new PeopleStoreError('closed', 'The store of people was closed.');
    try {
      return work(this.#open);
    } catch (error) {
      throw asPeopleStoreError(error, this.path);
    }
  }
}

function schemaVersion(database: Database, path: string): number {
  const version = pragmaNumber(database, 'user_version');
  if (version > migrations.length) {
    throw new PeopleStoreError(
      'newer-version',
      `${path} was written by a newer vigil (schema ${version}, this one knows ${migrations.length}). ` +
        'Update vigil, or name another place with --state DIR.',
    );
  }
  return version;
}

function migrate(
  database: Database,
  path: string,
  onCreate: () => Readonly<Record<string, Uint8Array>>,
): void {
  // Immediate: of two processes that start together, one makes the tables and the other finds them.
  const takeSteps = database.transaction(() => {
    const version = schemaVersion(database, path);
    if (version === migrations.length) return;
    for (const step of migrations.slice(version)) database.run(step);
    database.run(`PRAGMA user_version = ${migrations.length}`);
    if (version > 0) return;
    for (const [name, value] of Object.entries(onCreate())) {
      database.run('INSERT INTO setting VALUES (?, ?)', [name, value]);
    }
  });
  takeSteps.immediate();
}

function checkIntegrity(database: Database, path: string): void {
  const rows = database.query<{ quick_check: string }, []>('PRAGMA quick_check(1)').all();
  if (rows[0]?.quick_check !== 'ok') {
    throw new PeopleStoreError(
      'corrupt',
      `${path}: it is damaged. Move people.db, people.db-wal and people.db-shm aside; the pictures in dataset/ are ` +
        'imported again at the next start, other people must be enrolled again.',
    );
  }
}

/** The value of a pragma that gives one whole number. */
function pragmaNumber(database: Database, pragma: 'user_version' | 'data_version'): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${pragma}`).get();
  return row?.[pragma] ?? 0;
}
