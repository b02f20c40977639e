import { type DiskTrouble, diskTrouble } from '../database/disk-trouble.ts';

/** The one error of the journal. `kind` is what code branches on; the message says what to do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly kind: DiskTrouble;

  constructor(kind: DiskTrouble, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

const afterDamage = 'Move journal.db, journal.db-wal and journal.db-shm aside; a new journal is begun';

/** The error as JournalError: itself, or what SQLite or the file system said about `path`, with advice. */
export function asJournalError(error: unknown, path: string): JournalError {
  if (error instanceof JournalError) return error;
  const known = diskTrouble(error);
  if (known !== undefined) {
    const advice = known.kind === 'corrupt' ? `${known.advice}. ${afterDamage}` : known.advice;
    return new JournalError(known.kind, `${path}: ${advice}.`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new JournalError('io', `${path}: ${message}`, { cause: error });
}
