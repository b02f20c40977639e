import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a package is, in the file RELEASE at its root. */
const releaseSchema = z.object({
  version: z.string().regex(/^[\w.+-]+$/),
  /** The system that it runs on: `linux-arm64`. */
  target: z.string(),
  /** Over the paths and contents of all its other files. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Release = z.output<typeof releaseSchema>;

/** Where a board keeps its releases: `releases/ID`, and links to the one that runs and the one before it. */
const boardPlace = '/opt/vigil';
export const releasesFolder = join(boardPlace, 'releases');
export const currentLink = join(boardPlace, 'current');
export const previousLink = join(boardPlace, 'previous');
/** So that `vigil` is a command. */
export const commandLink = '/usr/local/bin/vigil';

/** The release in a folder; undefined where there is none, as in a working copy. Throws Error for a file that is none. */
export function readRelease(folder: string): Release | undefined {
  const path = join(folder, 'RELEASE');
  if (!existsSync(path)) return undefined;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const release = releaseSchema.safeParse(content);
  if (!release.success) throw new Error(`${path} is not a release: ${z.prettifyError(release.error)}`);
  return release.data;
}

/** The name of its folder. */
export function releaseId({ version, sha256 }: Release): string {
  return `${version}-${sha256.slice(0, 12)}`;
}

/** The folder that a link of the board leads to; undefined where it leads nowhere. */
export function linked(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}

/** The folders of releases of the board. */
export function releaseFolders(): string[] {
  try {
    return readdirSync(releasesFolder).map((name) => join(releasesFolder, name));
  } catch {
    return [];
  }
}
