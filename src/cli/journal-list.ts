import type { JournalEntry } from '../journal/entry.ts';
import { type Command, UsageError } from './command.ts';
import { filterOf, filterOptions, withJournal } from './journal-named.ts';
import { tellEntry } from './journal-words.ts';
import { printJson, printLine, printNote } from './output.ts';
import { jsonOption, stateOption } from './people-named.ts';
import { Table } from './table.ts';
import { isoTime } from './words.ts';

export const list: Command = {
  name: 'list',
  summary: 'what happened, the newest last',
  options: {
    ...filterOptions,
    limit: { value: 'N', help: 'the newest N', default: '50' },
    state: stateOption,
    json: jsonOption,
  },
  notes: 'Times are UTC, as the device’s clock said.',
  async run(invocation) {
    const { options } = invocation;
    const limit = Number(options.limit);
    if (!Number.isInteger(limit) || limit < 1)
      throw new UsageError(`--limit ${options.limit}: a whole number from 1 on`);
    return withJournal(invocation, ({ journal, people, nameOf }) => {
      const entries = journal.list({ ...filterOf(invocation, people), limit }).reverse();
      if (options.json === true) {
        for (const entry of entries) printJson(entryJson(entry, nameOf));
        return 0;
      }
      if (entries.length === 0) printNote('Nothing in the journal fits.');
      const table = new Table([
        ['ENTRY', 7],
        ['TIME', 24],
        ['KIND', 8],
        ['WHAT', 0],
      ]);
      for (const entry of entries)
        table.row([String(entry.seq), isoTime(entry.utcMs), entry.kind, tellEntry(entry, nameOf)]);
      return 0;
    });
  },
};

/** One entry, whole. */
export const show: Command = {
  name: 'show',
  summary: 'one entry, with everything it holds',
  positionals: 'ENTRY',
  options: { state: stateOption, json: jsonOption },
  async run(invocation) {
    const [text, ...more] = invocation.positionals;
    if (text === undefined || more.length > 0 || !/^\d+$/.test(text)) {
      throw new UsageError('Which entry? Give its number; vigil journal list shows them.');
    }
    return withJournal(invocation, ({ journal, nameOf }) => {
      const entry = journal.entry(Number(text));
      if (entry === undefined)
        throw new UsageError(`There is no entry ${text}; the newest is ${journal.head().seq}.`);
      if (invocation.options.json === true) {
        printJson(entryJson(entry, nameOf));
        return 0;
      }
      printLine(`entry ${entry.seq}, ${isoTime(entry.utcMs)}: ${tellEntry(entry, nameOf)}`);
      for (const [name, value] of Object.entries({ ...entry.facts, ...entry.personal })) {
        printLine(`  ${name.padEnd(16)}${JSON.stringify(value)}`);
      }
      return 0;
    });
  },
};

/** The entry as `list`, `show` and `export` write it. */
export function entryJson(entry: JournalEntry, nameOf: (subjectId: string) => string) {
  const { seq, utcMs, kind, facts, personal, gone } = entry;
  const subjectId = personal?.subjectId ?? null;
  const name = subjectId === null ? null : nameOf(subjectId);
  return { seq, time: isoTime(utcMs), kind, name, gone, ...facts, ...personal };
}
