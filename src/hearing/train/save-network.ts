import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes files into a folder that nobody else may read, which is made where it is missing: names are in them, and
 * what was learnt of people's voices. All are written before the first takes its place, each at once; the last one
 * is that which names the others.
 */
export async function saveNetwork(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
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
  } finally {
    for (const path of unfinished.values()) await rm(path, { force: true });
  }
}
