import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { resultKey } from './result-cache.ts';

const source = resolve(import.meta.dir, '../..');
const hashed = new Map<string, string>();

/** Of the code in folders of src, for the key of what it computes: a version number would one day be forgotten. */
export function codeHash(...folders: readonly string[]): string {
  const known = hashed.get(folders.join());
  if (known !== undefined) return known;
  const hash = resultKey(
    ...folders.flatMap((folder) =>
      readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .sort()
        .flatMap((name) => {
          const path = join(source, folder, name);
          return [relative(source, path), readFileSync(path)];
        }),
    ),
  );
  hashed.set(folders.join(), hash);
  return hash;
}
