import { listDataset } from '../people/dataset.ts';
import { sha256OfFile } from '../people/import.ts';
import { nameKey, nameOfPicture } from '../people/names.ts';
import { InputError } from '../runtime/input-error.ts';

export interface DatasetPicture {
  readonly path: string;
  readonly sha256: string;
}

/** A person with their pictures, by path. */
export interface DatasetPerson {
  readonly person: string;
  readonly pictures: readonly DatasetPicture[];
}

export interface FaceDataset {
  /** By name; each has a picture. */
  readonly people: readonly DatasetPerson[];
  /** What was left out, or is odd, in words; of files by their paths in the folder. */
  readonly remarks: readonly string[];
}

/** Of a list in a remark, so that a thousand odd files stay one sentence. */
const shownPaths = 3;

/**
 * Reads a folder of pictures with their people: `Name/anything.jpg`, `Name.jpg` and `Name.anything.jpg`, as the device's
 * dataset folder has them. A picture that lies there twice counts once; one that lies under two names counts for
 * nobody, because one of them is wrong. Rejects with InputError where the folder is not there or has no picture.
 */
export async function readFaceDataset(root: string, signal: AbortSignal): Promise<FaceDataset> {
  const listing = await listDataset(root, signal);
  const remarks = new Remarks();
  for (const { path, message } of listing.unreadable) {
    if (path === '')
      throw new InputError(
        `${root}: ${message}. --dataset takes a folder with a folder of pictures a person`,
      );
    remarks.add('cannot be read', path);
  }
  const byContent = new Map<string, { person: string; path: string; fullPath: string }[]>();
  const names = new Map<string, string>();
  for (const { path, fullPath } of listing.files) {
    const person = nameIn(path);
    if (person === undefined) {
      remarks.add('no name of a person in the path', path);
      continue;
    }
    const key = nameKey(person);
    if (!names.has(key)) names.set(key, person);
    const sha256 = await hashOf(fullPath, signal);
    if (sha256 === undefined) {
      remarks.add('cannot be read', path);
      continue;
    }
    const same = byContent.get(sha256) ?? [];
    same.push({ person: key, path, fullPath });
    byContent.set(sha256, same);
  }
  const pictures = new Map<string, DatasetPicture[]>();
  for (const [sha256, same] of byContent) {
    const [first, ...others] = same;
    if (new Set(same.map(({ person }) => person)).size > 1) {
      remarks.add('the same picture under several names, left out of all', ...same.map(({ path }) => path));
      continue;
    }
    remarks.add('the same picture of somebody again, counted once', ...others.map(({ path }) => path));
    const { person, fullPath } = first!;
    pictures.set(person, [...(pictures.get(person) ?? []), { path: fullPath, sha256 }]);
  }
  if (pictures.size === 0) {
    throw new InputError(
      `${root}: there is no picture of anybody; it takes a folder a person: ${root}/NAME/anything.jpg`,
    );
  }
  return {
    people: [...pictures]
      .map(([key, own]) => ({ person: names.get(key)!, pictures: own }))
      .sort((a, b) => (a.person < b.person ? -1 : 1)),
    remarks: remarks.lines(),
  };
}

function nameIn(path: string): string | undefined {
  try {
    return nameOfPicture(path);
  } catch {
    return undefined;
  }
}

async function hashOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await sha256OfFile(path, signal);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Odd files by what is odd about them. */
export class Remarks {
  readonly #paths = new Map<string, string[]>();

  add(what: string, ...paths: string[]): void {
    if (paths.length > 0) this.#paths.set(what, [...(this.#paths.get(what) ?? []), ...paths]);
  }

  lines(): string[] {
    return [...this.#paths].sort().map(([what, unsorted]) => {
      const paths = unsorted.toSorted();
      const more = paths.length > shownPaths ? ` and ${paths.length - shownPaths} more` : '';
      const count = paths.length === 1 ? '1 file' : `${paths.length} files`;
      return `${count}: ${what} (${paths.slice(0, shownPaths).join(', ')}${more})`;
    });
  }
}
