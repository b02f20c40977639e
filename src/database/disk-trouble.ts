import { SQLiteError } from 'bun:sqlite';

/** What can be wrong with a file that is kept. */
export type DiskTrouble =
  | 'corrupt'
  | 'locked'
  | 'read-only'
  | 'full'
  | 'permission'
  | 'newer-version'
  | 'closed'
  | 'io';

/** What a database file finds wrong by itself. The message goes on after the path of the file. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly kind: DiskTrouble;

  constructor(kind: DiskTrouble, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** SQLite's result names, by their beginning, and what a person can do about each. */
const sqliteKinds: readonly (readonly [code: string, kind: DiskTrouble, advice: string])[] = [
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
  ['SQLITE_CORRUPT', 'corrupt', 'it is damaged'],
  ['SQLITE_NOTADB', 'corrupt', 'it is not a database'],
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

const errnoKinds: Readonly<Record<string, readonly [kind: DiskTrouble, advice: string]>> = {
  EACCES: ['permission', 'this user may not open it. Run as the user who owns it, or use --state DIR'],
  EPERM: ['permission', 'this user may not open it. Run as the user who owns it, or use --state DIR'],
  EROFS: ['read-only', 'the disk is mounted read-only. Mount it writable, or use --state DIR'],
  ENOSPC: ['full', 'the disk is full. Free some space and try again'],
  EDQUOT: ['full', 'the disk quota is used up. Free some space and try again'],
  ENOTDIR: ['io', 'a part of its path is a file, not a folder. Name another place with --state DIR'],
  EEXIST: ['io', 'a file stands where the folder should be. Name another place with --state DIR'],
  EISDIR: ['io', 'a folder stands where the file should be. Move it aside'],
};

/** What SQLite, the file system or a database file said, and what a person can do; undefined for anything else. */
export function diskTrouble(
  thrown: unknown,
): { readonly kind: DiskTrouble; readonly advice: string } | undefined {
  if (thrown instanceof DatabaseError) return { kind: thrown.kind, advice: thrown.message };
  if (thrown instanceof SQLiteError) {
    const known = sqliteKinds.find(([code]) => thrown.code?.startsWith(code));
    return known === undefined ? undefined : { kind: known[1], advice: known[2] };
  }
  if (!(thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string')) return undefined;
  const known = errnoKinds[thrown.code];
  return known === undefined ? undefined : { kind: known[0], advice: known[1] };
}
