import { type DiskTrouble, diskTrouble } from '../database/disk-trouble.ts';

/** What is wrong with credentials. `unfit`: a name, password or time that cannot be taken; `taken`: a name that is there. */
export type CredentialsErrorKind = DiskTrouble | 'unfit' | 'taken';

/** The one error of credentials. `kind` is what code branches on; the message says what to do, and holds no secret. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly kind: CredentialsErrorKind;

  constructor(kind: CredentialsErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

const afterDamage =
  'Move credentials.db, credentials.db-wal and credentials.db-shm aside, then add users and make tokens anew';

/** The error as CredentialsError: itself, or what SQLite or the file system said about `path`, with advice. */
export function asCredentialsError(error: unknown, path: string): CredentialsError {
  if (error instanceof CredentialsError) return error;
  const known = diskTrouble(error);
  if (known !== undefined) {
    const advice = known.kind === 'corrupt' ? `${known.advice}. ${afterDamage}` : known.advice;
    return new CredentialsError(known.kind, `${path}: ${advice}.`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CredentialsError('io', `${path}: ${message}`, { cause: error });
}
