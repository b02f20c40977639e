import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../models/errors.ts';
import { TrainingInputError } from './errors.ts';

/**
 * Makes the folder for a network where it is missing, and tries whether files can be put there: before training, not
 * after it. Rejects with TrainingInputError.
 */
export async function openNetworkFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw cannotPut(folder, error);
  }
}

/**
 * Writes files into an opened folder, for nobody else to read: names are in them, and what was learnt of people's
 * voices. All are written before the first takes its place, each at once; the last one is that which names the
 * others. Rejects with TrainingInputError; a full disk leaves the network that was there.
 */
export async function saveNetwork(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const unfinished = new Map<string, string>();
  try {
    for (const [name, content] of files) {
      const path = join(folder, `.${name}-${randomUUID()}.tmp`);
      unfinished.set(name, path);
      await using file = await open(path, 'wx', 0o600);
      await file.writeFile(content);
      await file.sync();
    }
    for (const [name, path] of unfinished) await rename(path, join(folder, name));
  } catch (error) {
    throw cannotPut(folder, error);
  } finally {
    for (const path of unfinished.values()) await rm(path, { force: true });
  }
}

function cannotPut(folder: string, error: unknown): TrainingInputError {
  return new TrainingInputError([`the network cannot be put into ${folder}: ${messageOf(error)}`]);
}
