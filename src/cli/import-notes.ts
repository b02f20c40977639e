import type { NearPair } from '../people/gallery.ts';
import type { FolderImport, ImportReport } from '../people/import.ts';
import { PeopleStore } from '../people/store.ts';
import { userName } from './audit.ts';
import { UsageError } from './command.ts';
import { printNote } from './output.ts';
import { Progress } from './progress.ts';
import type { Settings } from './settings.ts';

/** The store of people in the state directory. To be closed. */
export function openPeople({ stateDirectory }: Pick<Settings, 'stateDirectory'>): PeopleStore {
  return PeopleStore.open({
    directory: stateDirectory,
    wallClock: { nowUtcMs: () => Date.now() },
    by: userName(),
  });
}

export interface FolderToImport {
  readonly folder: string;
  /** The user, not the default, named it: then it must be readable. */
  readonly given: boolean;
  /** `pictures of people`. */
  readonly what: string;
  /** Where such files belong, a sentence: said when the folder that was named cannot be read. */
  readonly hint?: string;
  /** `poor picture`: what is said before a warning. */
  readonly poor: string;
}

/**
 * Imports a folder, and says what was left out and what is poor. Throws UsageError when a folder that the user named
 * cannot be read.
 */
export async function importFolder(
  importer: FolderImport,
  { folder, given, what, poor, hint }: FolderToImport,
  signal: AbortSignal,
): Promise<ImportReport> {
  const progress = new Progress(what);
  let report: ImportReport;
  try {
    report = await importer.run(folder, signal, ({ done, total }) =>
      progress.update(done, `of ${total} in ${folder}`),
    );
  } finally {
    progress.end();
  }
  const why = report.refused.find(({ path }) => path === '')?.message;
  if (!report.readable && given && why !== undefined) {
    throw new UsageError(`${folder}: ${what} cannot be read: ${why}${hint === undefined ? '' : `. ${hint}`}`);
  }
  for (const { path, message } of report.refused) {
    if (path !== '') printNote(`left out: ${folder}/${path}: ${message}`);
  }
  for (const { path, warning } of report.added) {
    if (warning !== undefined) printNote(`${poor}: ${folder}/${path}: ${warning}`);
  }
  return report;
}

/** Says who can be taken for whom; `figure` shows how near two of them are. */
export function sayConfusable(
  pairs: readonly NearPair[],
  nameOf: (subjectId: string) => string,
  figure: (pair: NearPair) => string,
  more: string,
): void {
  for (const pair of pairs) {
    const [one, other] = [nameOf(pair.subjectId), nameOf(pair.otherSubjectId)];
    printNote(`${one} and ${other} can be taken for each other (${figure(pair)}): give more ${more} of both`);
  }
}
