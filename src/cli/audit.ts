import { existsSync } from 'node:fs';
import type { NewEntry } from '../journal/entry.ts';
import { Journal } from '../journal/journal.ts';
import { printNote } from './output.ts';

/** Journals what a person at a terminal did with somebody's data. A journal that cannot be written is only said. */
export function audit(directory: string, action: string, subjectId: string | null): void {
  if (!existsSync(directory)) return;
  try {
    using journal = Journal.open({ directory });
    journal.append([auditEntry(action, subjectId)]);
  } catch (error) {
    printNote(`This is not in the journal: ${error instanceof Error ? error.message : error}`);
  }
}

/** What a person at a terminal did, as an entry of the journal. */
function auditEntry(action: string, subjectId: string | null): NewEntry {
  return {
    kind: 'audit',
    utcMs: Date.now(),
    facts: { action, by: userName(), through: 'the command line' },
    personal: { subjectId },
  };
}

/** Who is at the terminal. */
export function userName(): string {
  const { SUDO_USER, USER } = process.env;
  return SUDO_USER ?? USER ?? `user ${process.getuid?.() ?? ''}`;
}
