import { type DiskTrouble, diskTrouble } from '../database/disk-trouble.ts';

/** What is wrong with the store of people. Code branches on this; the message is for people. */
export type PeopleStoreErrorKind =
  | DiskTrouble
  | 'key-missing'
  | 'key-wrong'
  | 'name-invalid'
  | 'name-taken'
  | 'sample-invalid'
  | 'forgotten';

/** The one error the store of people throws. The message says what happened and what to do; it holds no biometrics. */
export class PeopleStoreError extends Error {
  override readonly name = 'PeopleStoreError';
  readonly kind: PeopleStoreErrorKind;

  constructor(kind: PeopleStoreErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** What a damaged store loses, and how it comes back. */
const afterDamage =
  'Move people.db, people.db-wal and people.db-shm aside; the pictures in dataset/ are imported again at the next ' +
  'start, other people must be enrolled again';

/** The error as PeopleStoreError: itself, or what SQLite or the file system said about `path`, with advice. */
export function asPeopleStoreError(error: unknown, path: string): PeopleStoreError {
  if (error instanceof PeopleStoreError) return error;
  const known = diskTrouble(error);
  if (known !== undefined) {
    const advice = known.kind === 'corrupt' ? `${known.advice}. ${afterDamage}` : known.advice;
    return new PeopleStoreError(known.kind, `${path}: ${advice}.`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new PeopleStoreError('io', `${path}: ${message}`, { cause: error });
}
