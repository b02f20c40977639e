import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type EntryKind, entryKinds } from '../journal/entry.ts';
import { Journal, type JournalFilter } from '../journal/journal.ts';
import type { PeopleStore } from '../people/store.ts';
import { type ExitCode, type Invocation, MissingError, type OptionSpec, UsageError } from './command.ts';
import { findPerson, stateOf, withStore } from './people-named.ts';

export const filterOptions = {
  person: { value: 'NAME', help: 'only what concerns this person' },
  kind: { value: 'KIND', help: `only these kinds, parted by commas: ${entryKinds.join(', ')}` },
  since: { value: 'TIME', help: 'from this time on: 2026-01-31, 2026-01-31T14:03Z, or 90m, 24h, 7d ago' },
  until: { value: 'TIME', help: 'before this time, written likewise' },
} as const satisfies Record<string, OptionSpec>;

export interface OpenedJournal {
  readonly journal: Journal;
  readonly people: PeopleStore;
  /** The person's name, or the id of somebody who is not known any more. */
  readonly nameOf: (subjectId: string) => string;
}

/** Opens the journal of the invocation's state directory, and the people in it; closes both after the work. */
export async function withJournal(
  invocation: Invocation,
  work: (opened: OpenedJournal) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  const directory = stateOf(invocation);
  if (!existsSync(join(directory, 'journal.db'))) {
    throw new MissingError(
      `no journal in ${directory}. 'vigil run' keeps one there; name another place with --state DIR`,
    );
  }
  return await withStore(invocation, async (people) => {
    using journal = Journal.open({ directory });
    const names = new Map(people.people().map(({ subjectId, name }) => [subjectId, name]));
    return await work({ journal, people, nameOf: (subjectId) => names.get(subjectId) ?? subjectId });
  });
}

/** What the filter options ask for. Throws UsageError. */
export function filterOf({ options }: Invocation, people: PeopleStore): Omit<JournalFilter, 'limit'> {
  const { person, kind, since, until } = options;
  return {
    ...(typeof person === 'string' ? { subjectId: findPerson(people, person).subjectId } : {}),
    ...(typeof kind === 'string' ? { kinds: kind.split(',').map(kindNamed) } : {}),
    ...(typeof since === 'string' ? { fromUtcMs: timeNamed('--since', since) } : {}),
    ...(typeof until === 'string' ? { toUtcMs: timeNamed('--until', until) } : {}),
  };
}

function kindNamed(text: string): EntryKind {
  const kind = entryKinds.find((known) => known === text.trim());
  if (kind === undefined)
    throw new UsageError(`--kind ${text}: not a kind. Allowed: ${entryKinds.join(', ')}`);
  return kind;
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function timeNamed(option: string, text: string): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Date.now() - Number(count) * (unitMs[unit] ?? 0);
  const utcMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(utcMs)) {
    throw new UsageError(
      `${option} ${text}: not a time. Allowed: 2026-01-31, 2026-01-31T14:03Z, or 90m, 24h, 7d ago`,
    );
  }
  return utcMs;
}
