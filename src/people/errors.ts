import { SQLiteError } from 'bun:sqlite';

/** What is wrong with the store of people. Code branches on this; the message is for people. */
export type PeopleStoreErrorKind =
  | 'corrupt'
  | 'locked'
  | 'read-only'
  | 'full'
  | 'permission'
  | 'key-missing'
  | 'key-wrong'
  | 'newer-version'
  | 'name-invalid'
  | 'sample-invalid'
  | 'forgotten'
  | 'closed'
  | 'io';

/** The one error the store of people throws. The message says what happened and what to do; it holds no biometrics. */
export class PeopleStoreError extends Error {
  override readonly name = 'PeopleStoreError';
  readonly kind: PeopleStoreErrorKind;

  constructor(kind: PeopleStoreErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** SQLite's result names, by their beginning, and what a person can do about each. */
const sqliteKinds: readonly (readonly [code: string, kind: PeopleStoreErrorKind, advice: string])[] = [
  [
    'SQLITE_BUSY',
    'locked',
    'another program is writing to it. Try again; if it stays so, stop the other vigil process',
  ],
  ['SQLITE_LOCKED', 'locked', 'another program is writing to it. Try again'],
  [
    'SQLITE_READONLY',
    'read-only',
    'it cannot be written. Mount the disk writable, or name another place with --state DIR or VIGIL_STATE',
  ],
  ['SQLITE_FULL', 'full', 'the disk is full. Free some space and try again; nothing that was stored is lost'],
  [
    'SQLITE_CORRUPT',
    'corrupt',
    'it is damaged. Move people.db, people.db-wal and people.db-shm aside; ' +
      'the pictures in dataset/ are imported again at the next start, other people must be enrolled again',
  ],
  [
    'SQLITE_NOTADB',
    'corrupt',
    'it is not a database of people. Move it aside; the pictures in dataset/ are imported again at the next start',
  ],
  ['SQLITE_PERM', 'permission', 'this user may not open it. Run as the user who owns it, or use --state DIR'],
  ['SQLITE_AUTH', 'permission', 'this user may not open it. Run as the user who owns it, or use --state DIR'],
  [
    'SQLITE_CANTOPEN',
    'permission',
    'it cannot be opened. See that the folder exists and that this user may write to it, or use --state DIR',
  ],
  [
    'SQLITE_IOERR',
    'io',
    'the disk does not answer as it should. Check the disk (dmesg) and its cable or card',
  ],
];

const errnoKinds: Readonly<Record<string, readonly [kind: PeopleStoreErrorKind, advice: string]>> = {
  EACCES: ['permission', 'this user may not open it. Run as the user who owns it, or use --state DIR'],
  EPERM: ['permission', 'this user may not open it. Run as the user who owns it, or use --state DIR'],
  EROFS: ['read-only', 'the disk is mounted read-only. Mount it writable, or use --state DIR'],
  ENOSPC: ['full', 'the disk is full. Free some space and try again'],
  EDQUOT: ['full', 'the disk quota is used up. Free some space and try again'],
  ENOTDIR: ['io', 'a part of its path is a file, not a folder. Name another place with --state DIR'],
  EEXIST: ['io', 'a file stands where the folder should be. Name another place with --state DIR'],
  EISDIR: ['io', 'a folder stands where the file should be. Move it aside'],
};

/** The error as PeopleStoreError: itself, or what SQLite or the file system said about `path`, with advice. */
export function asPeopleStoreError(error: unknown, path: string): PeopleStoreError {
  if (error instanceof PeopleStoreError) return error;
  if (error instanceof SQLiteError) {
    const known = sqliteKinds.find(([code]) => error.code?.startsWith(code));
    if (known !== undefined) {
      return new PeopleStoreError(known[1], `${path}: ${known[2]}.`, { cause: error });
    }
  } else if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const known = errnoKinds[error.code];
    if (known !== undefined) {
      return new PeopleStoreError(known[0], `${path}: ${known[1]}.`, { cause: error });
    }
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PeopleStoreError('io', `${path}: ${message}`, { cause: error });
}
