import { open } from 'node:fs/promises';
import type { JournalEntry } from '../journal/entry.ts';
import { audit } from './audit.ts';
import { type Command, type ExitCode, UsageError } from './command.ts';
import { entryJson } from './journal-list.ts';
import { filterOf, filterOptions, withJournal } from './journal-named.ts';
import { tellEntry } from './journal-words.ts';
import { printNote } from './output.ts';
import { stateOf, stateOption } from './people-named.ts';
import { isoTime } from './words.ts';

const entriesAtOnce = 5_000;
const csvHead = 'entry,time,kind,person,subject_id,gone,what,details';

/** Writes the journal, or a part of it, for another program. */
export const exportEntries: Command = {
  name: 'export',
  summary: 'write entries to a file, as CSV or JSON Lines',
  options: {
    ...filterOptions,
    output: { value: 'FILE', help: 'a file that is not there yet; its end says the format: .csv or .jsonl' },
    state: stateOption,
  },
  notes:
    'The file names people: it is readable by you alone, and no vigil command erases it. That it was written is journaled.',
  async run(invocation) {
    const { options, signal } = invocation;
    const path = options.output;
    if (typeof path !== 'string') throw new UsageError('Where to? Give --output FILE.csv or FILE.jsonl');
    const csv = path.endsWith('.csv');
    if (!csv && !path.endsWith('.jsonl'))
      throw new UsageError(`--output ${path}: its end says the format, .csv or .jsonl`);
    return withJournal(invocation, async ({ journal, people, nameOf }): Promise<ExitCode> => {
      const filter = filterOf(invocation, people);
      const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(
          `--output ${path}: ${error.code === 'EEXIST' ? 'is there already' : error.message}`,
        );
      });
      let count = 0;
      try {
        if (csv) await file.appendFile(`${csvHead}\n`);
        // Newest first, as it is read: the file of years is never in memory.
        let beforeSeq = journal.head().seq + 1;
        for (;;) {
          signal.throwIfAborted();
          const entries = journal.list({ ...filter, beforeSeq, limit: entriesAtOnce });
          if (entries.length === 0) break;
          const lines = entries.map((entry) =>
            csv ? csvLine(entry, nameOf) : JSON.stringify(entryJson(entry, nameOf)),
          );
          await file.appendFile(`${lines.join('\n')}\n`);
          count += entries.length;
          beforeSeq = entries.reduce((least, { seq }) => Math.min(least, seq), beforeSeq);
        }
      } finally {
        await file.close();
      }
      audit(stateOf(invocation), 'exported the journal', filter.subjectId ?? null);
      printNote(`${count} entries in ${path}`);
      return 0;
    });
  },
};

function csvLine(entry: JournalEntry, nameOf: (subjectId: string) => string): string {
  const subjectId = entry.personal?.subjectId ?? '';
  return [
    String(entry.seq),
    isoTime(entry.utcMs),
    entry.kind,
    subjectId === '' ? '' : nameOf(subjectId),
    subjectId,
    entry.gone ?? '',
    tellEntry(entry, nameOf),
    JSON.stringify({ ...entry.facts, ...entry.personal }),
  ]
    .map(csvCell)
    .join(',');
}

/** Quoted where it must be; a cell that a spreadsheet would take for a formula is text (RFC 4180, CWE-1236). */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
