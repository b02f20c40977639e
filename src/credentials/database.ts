import { join } from 'node:path';
import { DatabaseFile } from '../database/database-file.ts';
import { asCredentialsError } from './errors.ts';

/** The steps of the schema. */
const migrations: readonly string[] = [
  `
  CREATE TABLE user (
    name            TEXT PRIMARY KEY,
    role            TEXT NOT NULL,
    password_hash   TEXT NOT NULL,      -- argon2id, in the PHC string format
    created_utc_ms  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE token (
    token_id        TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    scopes          TEXT NOT NULL,      -- JSON list
    secret_hash     BLOB NOT NULL,      -- SHA-256 of 256 random bits
    created_utc_ms  INTEGER NOT NULL,
    expires_utc_ms  INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE setting (
    name   TEXT PRIMARY KEY,
    value  BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Opens credentials.db of a state directory, or makes it. It and every method of the file throw CredentialsError. */
export function openCredentialsDatabase(directory: string): DatabaseFile {
  return DatabaseFile.open({
    path: join(directory, 'credentials.db'),
    migrations,
    quickCheck: true,
    asError: asCredentialsError,
  });
}

// STRICT tables hold what these types say.
export interface UserRow {
  readonly name: string;
  readonly role: string;
  readonly password_hash: string;
  readonly created_utc_ms: number;
}

export interface TokenRow {
  readonly token_id: string;
  readonly name: string;
  readonly scopes: string;
  readonly secret_hash: Uint8Array;
  readonly created_utc_ms: number;
  readonly expires_utc_ms: number | null;
}
