import { Database } from 'bun:sqlite';
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
    profile         BLOB NOT NULL,         -- sealed JSON: name, consent
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
 * Opens (or makes) the database file: readable by its owner only, write-ahead log, every commit on disk before it is
 * confirmed, deleted bytes overwritten, no temporary files. `onCreate` runs in the transaction that makes the tables.
 * Throws PeopleStoreError.
 */
export function openPeopleDatabase(path: string, onCreate: (database: Database) => void): Database {
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
    return database;
  } catch (error) {
    database?.close();
    throw asPeopleStoreError(error, path);
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

function migrate(database: Database, path: string, onCreate: (database: Database) => void): void {
  // Immediate: of two processes that start together, one makes the tables and the other finds them.
  const takeSteps = database.transaction(() => {
    const version = schemaVersion(database, path);
    if (version === migrations.length) return;
    for (const step of migrations.slice(version)) database.run(step);
    database.run(`PRAGMA user_version = ${migrations.length}`);
    if (version === 0) onCreate(database);
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
export function pragmaNumber(database: Database, pragma: 'user_version' | 'data_version'): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${pragma}`).get();
  return row?.[pragma] ?? 0;
}
