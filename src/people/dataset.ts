import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../hal/contract/clock.ts';

/** A person's folder may hold folders of its own; deeper than this is taken for a mistake. */
const maxDepth = 8;

/** What file managers leave behind, by lower-case name; hidden files are left out too. */
const ignoredFiles = new Set(['readme.md', 'thumbs.db', 'desktop.ini']);

export interface DatasetFile {
  /** In the dataset folder, with `/`. */
  readonly path: string;
  readonly fullPath: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface DatasetListing {
  /** By path. */
  readonly files: readonly DatasetFile[];
  /** Entries that are no pictures for sure, or cannot be looked at, with why. */
  readonly unreadable: readonly { readonly path: string; readonly message: string }[];
  /** False when the folder, or one in it, could not be listed: what is missing may only be out of sight. */
  readonly complete: boolean;
}

/**
 * Lists a dataset folder: `Name.jpg`, `Name.anything.jpg` and `Name/anything.jpg`. Links are followed, loops are
 * not; hidden files and README.md are left out. Never throws but by the signal: what cannot be read is said.
 */
export async function listDataset(root: string, signal: AbortSignal): Promise<DatasetListing> {
  const files: DatasetFile[] = [];
  const unreadable: { path: string; message: string }[] = [];
  const visited = new Set<string>();
  let complete = true;

  async function visit(folder: string, depth: number): Promise<void> {
    signal.throwIfAborted();
    let entries: Dirent[];
    try {
      const real = await realpath(join(root, folder));
      if (visited.has(real)) return;
      visited.add(real);
      entries = await readdir(real, { withFileTypes: true });
    } catch (error) {
      complete = false;
      unreadable.push({ path: folder, message: describe(error) });
      return;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith('.') || ignoredFiles.has(entry.name.toLowerCase())) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const fullPath = join(root, path);
      try {
        const status = await stat(fullPath);
        if (status.isFile()) {
          files.push({ path, fullPath, sizeBytes: status.size, modifiedMs: status.mtimeMs });
        } else if (!status.isDirectory()) {
          unreadable.push({ path, message: 'it is neither a file nor a folder' });
        } else if (depth === maxDepth) {
          unreadable.push({ path, message: `folders are looked into ${maxDepth} deep` });
        } else {
          await visit(path, depth + 1);
        }
      } catch (error) {
        signal.throwIfAborted();
        unreadable.push({ path, message: describe(error) });
      }
    }
  }

  await visit('', 0);
  return { files, unreadable, complete };
}

/**
 * Yields at once, and then each time the dataset folder has changed and stayed the same for one interval, so that a
 * picture is not taken while it is being copied. It looks at names, sizes and times rather than asking the kernel to
 * tell: that also works on network disks, through links, and for a folder that comes later. A slow or huge folder is
 * looked at less often, so that looking takes at most a hundredth of the time. What changes while the reader is at
 * work is not lost. Ends by the signal's reason.
 */
export async function* datasetChanges(
  root: string,
  clock: Clock,
  signal: AbortSignal,
  intervalMs = 2000,
): AsyncGenerator<void, never> {
  let told: string | undefined;
  let previous: string | undefined;
  while (true) {
    const startedMs = clock.nowMs();
    const current = fingerprint(await clock.track(listDataset(root, signal)));
    const waitMs = Math.max(intervalMs, 100 * (clock.nowMs() - startedMs));
    if (told === undefined || (current !== told && current === previous)) {
      told = current;
      yield;
    }
    previous = current;
    await clock.sleep(waitMs, signal);
  }
}

function fingerprint(listing: DatasetListing): string {
  const hasher = new Bun.CryptoHasher('sha256');
  for (const file of listing.files) hasher.update(`${file.path}\0${file.sizeBytes}\0${file.modifiedMs}\0`);
  for (const entry of listing.unreadable) hasher.update(`${entry.path}\0${entry.message}\0`);
  return hasher.digest('hex');
}

const errnoMessages: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there (a link to nothing?)',
  ENOTDIR: 'it is not a folder',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its links go in a circle',
  EIO: 'the disk does not answer as it should',
  ENAMETOOLONG: 'its path is too long',
};

/** Why a file cannot be read, in words. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return errnoMessages[code] ?? error.message;
}
