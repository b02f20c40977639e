import { join } from 'node:path';
import { DatabaseFile } from '../database/database-file.ts';
import { asJournalError } from './errors.ts';

/** The steps of the schema. */
const migrations: readonly string[] = [
  `
  -- An entry whose time is over keeps its digest, so that the chain stays whole.
  CREATE TABLE entry (
    seq              INTEGER PRIMARY KEY,
    utc_ms           INTEGER NOT NULL,
    kind             TEXT NOT NULL,
    facts            TEXT,              -- JSON; null when its time is over
    personal         TEXT,              -- JSON; null when there is none, or it was erased
    salt             BLOB,              -- of the personal part; goes with it
    personal_digest  BLOB,
    digest           BLOB,              -- of an entry without facts
    link             BLOB NOT NULL,
    gone             INTEGER,           -- the entry that says why something is gone from this one
    subject_id       TEXT AS (json_extract(personal, '$.subjectId')) VIRTUAL
  ) STRICT;
  -- For the newest first, with and without a stretch of time; every index ends with seq.
  CREATE INDEX entry_by_kind ON entry (kind);
  CREATE INDEX entry_by_kind_time ON entry (kind, utc_ms);
  CREATE INDEX entry_by_subject ON entry (subject_id, kind) WHERE personal IS NOT NULL;
  CREATE INDEX entry_by_subject_time ON entry (subject_id, utc_ms) WHERE personal IS NOT NULL;
  CREATE INDEX entry_by_time ON entry (utc_ms);
  CREATE INDEX entry_by_gone ON entry (gone) WHERE gone IS NOT NULL;

  CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Opens journal.db of a state directory, or makes it. It and every method of the file throw JournalError. */
export function openJournalDatabase(directory: string): DatabaseFile {
  // A look for damage takes seconds with a million entries; `verify` is for that.
  return DatabaseFile.open({
    path: join(directory, 'journal.db'),
    migrations,
    quickCheck: false,
    asError: asJournalError,
  });
}

/** A row as the table has it; STRICT tables hold what this type says. */
export interface EntryRow {
  readonly seq: number;
  readonly utc_ms: number;
  readonly kind: string;
  readonly facts: string | null;
  readonly personal: string | null;
  readonly salt: Uint8Array | null;
  readonly personal_digest: Uint8Array | null;
  readonly digest: Uint8Array | null;
  readonly link: Uint8Array;
  readonly gone: number | null;
}
