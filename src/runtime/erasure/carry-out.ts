import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { JournalFacts } from '../../journal/entry.ts';
import { Journal } from '../../journal/journal.ts';
import { removeDurably, writeDurably } from '../../people/durable-file.ts';
import type { PeopleStore } from '../../people/store.ts';
import { type ErasurePlan, erasurePlanSchema } from './plan.ts';

/** What was erased and what remains, in numbers. */
export type ErasureReceipt = JournalFacts<'receipt'>;

export interface ErasureResult {
  readonly receipt: ErasureReceipt;
  /** Files that could not be deleted, and why, in words. */
  readonly failed: readonly string[];
  /** False when bytes could not be overwritten yet; the next start does it. */
  readonly scrubbed: boolean;
}

export interface Erasing {
  readonly store: PeopleStore;
  readonly stateDirectory: string;
  /** Empties what experiments keep of everybody's pictures; gives how many results that were. */
  readonly clearCaches: () => number;
}

/** An erasure that was ordered and is not over: its plan, sealed. */
const orderPrefix = 'erasing-';

/**
 * Erases a person wherever Vigil has put something of them. The plan is written down first, sealed; whatever happens
 * then, `finishErasures` goes on. The journal comes before the store, so that nothing is erased yet where it is damaged.
 */
export async function carryOutErasure(erasing: Erasing, plan: ErasurePlan): Promise<ErasureResult> {
  const { store, stateDirectory } = erasing;
  const order = `${orderPrefix}${plan.subjectId ?? plan.erasureId}`;
  const sealed = store.sealForAll(Buffer.from(JSON.stringify(plan)), order);
  writeDurably(join(stateDirectory, order), sealed);
  return await erase(erasing, plan, order);
}

/** Whether an erasure was ordered and is not over. */
export function hasErasures(stateDirectory: string): boolean {
  return ordersIn(stateDirectory).length > 0;
}

/** Finishes the erasures that were interrupted. Gives what came of each; throws what the first of them does. */
export async function finishErasures(erasing: Erasing): Promise<ErasureResult[]> {
  const { store, stateDirectory } = erasing;
  const results: ErasureResult[] = [];
  for (const order of ordersIn(stateDirectory)) {
    const sealed = await Bun.file(join(stateDirectory, order)).bytes();
    const plan = erasurePlanSchema.parse(JSON.parse(Buffer.from(store.openForAll(sealed, order)).toString()));
    results.push(await erase(erasing, plan, order));
  }
  return results;
}

/** One that was not written whole (`.new`) was not ordered: nothing was erased before it was. */
function ordersIn(stateDirectory: string): string[] {
  if (!existsSync(stateDirectory)) return [];
  return readdirSync(stateDirectory).filter((name) => name.startsWith(orderPrefix) && !name.endsWith('.new'));
}

/** Every step may have been done before. */
async function erase(
  { store, stateDirectory, clearCaches }: Erasing,
  plan: ErasurePlan,
  order: string,
): Promise<ErasureResult> {
  const { subjectId } = plan;
  using journal = Journal.open({ directory: stateDirectory });
  const journaled = subjectId === null ? undefined : journal.forget(subjectId, Date.now());
  if (subjectId !== null) store.forget(subjectId, plan.contents);
  const failed = [
    ...plan.files.flatMap(({ fullPath }) => deleted(fullPath)),
    ...[...plan.networkFiles, ...plan.traces].flatMap(deleted),
    ...[...plan.recordings, ...plan.exports, ...plan.backups].flatMap(({ path }) => deleted(path)),
  ];
  for (const { root, path } of plan.files) removeEmptyFolders(root, path);
  for (const { fileId, path } of [...plan.recordings, ...plan.exports, ...plan.backups]) {
    if (!existsSync(path)) store.dropMadeFile(fileId);
  }
  const isLeft = (path: string) => existsSync(path);
  const receipt: ErasureReceipt = {
    erasureId: plan.erasureId,
    samples: plan.samples,
    originals: plan.originals,
    journalEntries: plan.journalEntries,
    filesDeleted: plan.files.filter(({ fullPath }) => !isLeft(fullPath)).length,
    networkFilesDeleted: plan.networkFiles.filter((path) => !isLeft(path)).length,
    tracesDeleted: plan.traces.filter((path) => !isLeft(path)).length,
    recordingsDeleted: plan.recordings.filter(({ path }) => !isLeft(path)).length,
    exportsDeleted: plan.exports.filter(({ path }) => !isLeft(path)).length,
    backupsDeleted: plan.backups.filter(({ path }) => !isLeft(path)).length,
    backupsMoved: plan.movedBackups.length,
    labResultsDeleted: clearCaches(),
    filesKept: plan.filesKept + failed.length,
    recordingsUntagged: plan.untagged.length,
    rememberedContents: subjectId === null ? 0 : plan.contents.length,
  };
  const known = journal.list({ kinds: ['receipt'], limit: 100 });
  if (!known.some(({ facts }) => facts?.erasureId === plan.erasureId)) {
    journal.append([{ kind: 'receipt', utcMs: Date.now(), facts: receipt }]);
  }
  removeDurably(join(stateDirectory, order));
  // Once more where the first time a reader was in the way.
  const scrubbed = store.scrub() && journaled?.scrubbed !== false;
  return { receipt, failed, scrubbed };
}

/** Deletes a file, a link (not what it points to) or a folder of a recording; says why it could not. */
function deleted(path: string): string[] {
  try {
    rmSync(path, { recursive: true, force: true });
    return [];
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A person's folder goes with its last file. */
function removeEmptyFolders(root: string, path: string): void {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      rmdirSync(join(root, folder));
    } catch {
      return; // Something else is in it, or it has gone.
    }
  }
}
