import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Journal } from '../../journal/journal.ts';
import { filesOfName } from '../../people/import.ts';
import { nameOfPicture, nameOfRecording } from '../../people/names.ts';
import type { Sample } from '../../people/person.ts';
import type { PeopleStore } from '../../people/store.ts';
import { trainedFilesOf } from '../../people/trained-network.ts';
import { lastTracePath } from '../../trace/sinks.ts';

const namedFileSchema = z.strictObject({ root: z.string(), path: z.string(), fullPath: z.string() });

/** Everything that an erasure takes away, and what it leaves: written down first, so that it can be finished. */
export const erasurePlanSchema = z.strictObject({
  erasureId: z.string(),
  /** Null for somebody of whom there are only files. */
  subjectId: z.string().nullable(),
  samples: z.int(),
  originals: z.int(),
  journalEntries: z.int(),
  /** SHA-256 of the person's pictures and recordings, which no import may bring back. */
  contents: z.array(z.string()),
  /** Pictures and recordings in the folders that are imported. */
  files: z.array(namedFileSchema),
  filesKept: z.int(),
  /** A network that was trained on their voice, file by file. */
  networkFiles: z.array(z.string()),
  /** Traces that name their subject id. */
  traces: z.array(z.string()),
  /** What Vigil made elsewhere and the person is in. */
  recordings: z.array(z.strictObject({ fileId: z.string(), path: z.string() })),
  exports: z.array(z.strictObject({ fileId: z.string(), path: z.string() })),
  backups: z.array(z.strictObject({ fileId: z.string(), path: z.string() })),
  /** Backups they are in that are no longer where they were made: somebody has moved or deleted them. */
  movedBackups: z.array(z.string()),
  /** Recordings of which nobody said who is in them: somebody has to look. */
  untagged: z.array(z.string()),
});
export type ErasurePlan = z.output<typeof erasurePlanSchema>;

export interface ErasurePlaces {
  readonly stateDirectory: string;
  /** Folders that are imported: pictures; recordings, in `train` and `validation`. */
  readonly dataset: string;
  readonly audios: string;
  /** The network that `vigil voices train` made. */
  readonly trained: string;
  /** A trace that the configuration keeps in a file. */
  readonly traceFile: string | undefined;
}

/** What there is of somebody of this name, everywhere. Changes nothing. */
export async function planErasure(
  store: PeopleStore,
  name: string,
  places: ErasurePlaces & { readonly keepFiles: boolean },
  signal: AbortSignal,
): Promise<ErasurePlan> {
  const person = store.find(name);
  const subjectId = person?.subjectId ?? null;
  const samples = person === undefined ? [] : store.samples(person.subjectId);
  const named = await namedFiles(name, samples, places, signal);
  const files = named.map(({ root, path, fullPath }) => ({ root, path, fullPath }));
  const made = store.madeFiles();
  const recordings = made.filter(({ kind, path }) => kind === 'recording' && existsSync(path));
  // A backup holds everybody who was known when it was made.
  const backups = made.filter(
    ({ kind, madeAtUtcMs }) =>
      kind === 'backup' && person !== undefined && person.createdAtUtcMs <= madeAtUtcMs,
  );
  const isIn = ({ subjectIds }: (typeof made)[number]) =>
    subjectId !== null && subjectIds.includes(subjectId);
  return {
    erasureId: crypto.randomUUID(),
    subjectId,
    samples: samples.length,
    originals: person === undefined ? 0 : store.originals(person.subjectId).length,
    journalEntries: subjectId === null ? 0 : entriesOf(places.stateDirectory, subjectId),
    contents: [
      ...new Set([
        ...named.flatMap(({ contentSha256 }) => contentSha256 ?? []),
        ...samples.map(({ provenance }) => provenance.contentSha256),
      ]),
    ],
    files: places.keepFiles ? [] : files,
    filesKept: places.keepFiles ? files.length : 0,
    networkFiles: await trainedFilesOf(places.trained, name),
    traces: subjectId === null ? [] : await tracesWith(places, subjectId),
    recordings: recordings.filter(isIn).map(({ fileId, path }) => ({ fileId, path })),
    exports: made
      .filter((file) => file.kind === 'export' && existsSync(file.path) && isIn(file))
      .map(({ fileId, path }) => ({ fileId, path })),
    backups: backups.filter(({ path }) => existsSync(path)).map(({ fileId, path }) => ({ fileId, path })),
    movedBackups: backups.filter(({ path }) => !existsSync(path)).map(({ path }) => path),
    untagged: recordings.filter(({ subjectIds }) => subjectIds.length === 0).map(({ path }) => path),
  };
}

/** The person's pictures and recordings, in the folders that are imported and in those the samples came from. */
async function namedFiles(
  name: string,
  samples: readonly Sample[],
  { dataset, audios }: ErasurePlaces,
  signal: AbortSignal,
) {
  const pictures = new Set([dataset]);
  const recordings = new Set([join(audios, 'train'), join(audios, 'validation')]);
  for (const { kind, provenance } of samples) {
    if (provenance.source === 'dataset') (kind === 'face' ? pictures : recordings).add(provenance.root);
  }
  const found = new Map<string, Awaited<ReturnType<typeof filesOfName>>[number]>();
  for (const [folders, nameOf] of [
    [pictures, nameOfPicture],
    [recordings, nameOfRecording],
  ] as const) {
    for (const folder of folders) {
      for (const file of await filesOfName(folder, name, nameOf, signal)) found.set(file.fullPath, file);
    }
  }
  return [...found.values()];
}

function entriesOf(directory: string, subjectId: string): number {
  if (!existsSync(join(directory, 'journal.db'))) return 0;
  using journal = Journal.open({ directory });
  return journal.countOf(subjectId);
}

/** A trace holds no name, face or voice, but the id and how near somebody was. */
async function tracesWith(
  { stateDirectory, traceFile }: ErasurePlaces,
  subjectId: string,
): Promise<string[]> {
  const folder = join(stateDirectory, 'trace');
  const inState = (await readdir(folder).catch(() => [])).map((file) => join(folder, file));
  const configured =
    traceFile === undefined ? [] : [traceFile, ...[1, 2, 3].map((age) => `${traceFile}.${age}`)];
  return [...new Set([lastTracePath(stateDirectory), ...inState, ...configured])].filter(
    (path) => existsSync(path) && readFileSync(path).includes(subjectId),
  );
}
