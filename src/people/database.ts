import { DatabaseFile } from '../database/database-file.ts';
import { asPeopleStoreError } from './errors.ts';

/**
 * The steps of the schema.
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
  `
  -- What was done to people. It goes with the person.
  CREATE TABLE change (
    change_id    INTEGER PRIMARY KEY,
    subject_id   TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    at_utc_ms    INTEGER NOT NULL,
    is_undoable  INTEGER NOT NULL,
    is_undone    INTEGER NOT NULL DEFAULT 0,
    change       BLOB NOT NULL             -- sealed JSON: who did what, what was before
  ) STRICT;
  CREATE INDEX change_by_subject ON change (subject_id);

  -- Samples that were taken away and can be brought back: the columns of sample, as they were.
  CREATE TABLE removed_sample (
    change_id       INTEGER NOT NULL REFERENCES change ON DELETE CASCADE,
    sample_id       TEXT PRIMARY KEY,
    subject_id      TEXT NOT NULL,
    kind            TEXT NOT NULL,
    pipeline_id     TEXT NOT NULL,
    content_tag     BLOB NOT NULL,
    dataset_tag     BLOB,
    path_tag        BLOB,
    embedding       BLOB NOT NULL,
    details         BLOB NOT NULL,
    added_utc_ms    INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX removed_sample_by_change ON removed_sample (change_id);
  `,
  `
  -- Files in the folder originals.
  CREATE TABLE original (
    original_id   TEXT PRIMARY KEY,
    subject_id    TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    kind          TEXT NOT NULL CHECK (kind IN ('face', 'voice')),
    content_tag   BLOB NOT NULL,
    media_type    TEXT NOT NULL,
    added_utc_ms  INTEGER NOT NULL,
    UNIQUE (subject_id, kind, content_tag)
  ) STRICT;
  `,
  `
  -- What was made outside of the state directory and people are in.
  CREATE TABLE made_file (
    file_id      TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    made_utc_ms  INTEGER NOT NULL,
    path         BLOB NOT NULL           -- sealed
  ) STRICT;
  CREATE TABLE made_file_person (
    file_id     TEXT NOT NULL REFERENCES made_file ON DELETE CASCADE,
    subject_id  TEXT NOT NULL REFERENCES person ON DELETE CASCADE,
    PRIMARY KEY (file_id, subject_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX made_file_by_person ON made_file_person (subject_id);
  `,
];

/**
 * Opens people.db or makes it; `onCreate` gives the settings to store in the transaction that makes the tables. It and
 * every method of the file throw PeopleStoreError.
 */
export function openPeopleDatabase(
  path: string,
  onCreate: () => Readonly<Record<string, Uint8Array>>,
): DatabaseFile {
  return DatabaseFile.open({ path, migrations, onCreate, quickCheck: true, asError: asPeopleStoreError });
}
