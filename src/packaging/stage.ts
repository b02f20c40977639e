import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import type { Release } from '../service/release.ts';
import { isModuleShipped } from './modules.ts';
import type { ArchiveFile } from './tar.ts';
import type { PackageTarget } from './targets.ts';

/** The package could not be made; the message says why, and what to do. */
export class PackagingError extends Error {
  override readonly name = 'PackagingError';
}

/** Of the project's own files those that a board needs, by the start of their path. */
const shipped =
  /^(src|hal|machines|models|demo|docs|dataset|audios|test\/scenarios\/[^/]*\.yaml$|test\/hil\/[^/]*\.toml$|(package\.json|bunfig\.toml|LICENSE|NOTICE|README\.md|CHANGELOG\.md)$)/;

/** What only makes packages or documents has no use on a board. */
const notShipped = /^src\/(packaging|models\/convert)\//;

/**
 * Starts the Bun that is shipped, whatever else is installed; through symlinks, so that it can stand in /usr/bin. As
 * the project's own launcher does, without .env or bunfig.toml of the folder it is called from.
 */
const launcher = `#!/bin/sh
# Starts Vigil with the Bun beside it.
set -eu
self=$(readlink -f -- "$0")
root=\${self%/*}
exec "$root/bin/bun" --no-install --no-env-file --config="$root/bunfig.toml" "$root/src/cli/main.ts" "$@"
`;

/**
 * Every file of a package, in the order of their paths: the project's as git knows them, the production modules that
 * bun.lock names for the target's system, Bun, the launcher and RELEASE. Throws PackagingError.
 */
export function packageFiles(
  project: string,
  target: PackageTarget,
): { files: ArchiveFile[]; release: Release } {
  const work = mkdtempSync(join(tmpdir(), 'vigil-package-'));
  try {
    const files = [
      ...projectFiles(project),
      ...moduleFiles(project, target, join(work, 'modules')),
      bunBinary(target, join(work, 'bun')),
      { path: 'vigil', bytes: new TextEncoder().encode(launcher), executable: true },
    ].sort((a, b) => (a.path < b.path ? -1 : 1));
    const hasher = new Bun.CryptoHasher('sha256');
    for (const { path, bytes } of files) hasher.update(`${path} ${bytes.length}\n`).update(bytes);
    const release = { version: packageJson.version, target: target.name, sha256: hasher.digest('hex') };
    const text = `${JSON.stringify(release, null, 2)}\n`;
    files.push({ path: 'RELEASE', bytes: new TextEncoder().encode(text), executable: false });
    return { files, release };
  } finally {
    rmSync(work, { recursive: true });
  }
}

function projectFiles(project: string): ArchiveFile[] {
  const listed = Bun.spawnSync(['git', 'ls-files', '-z'], { cwd: project });
  if (!listed.success)
    throw new PackagingError('a package is made in a git working copy: git ls-files failed');
  const paths = listed.stdout.toString().split('\0');
  return paths
    .filter((path) => shipped.test(path) && !notShipped.test(path))
    .map((path) => ({ path, bytes: readFileSync(join(project, path)), executable: false }));
}

function moduleFiles(project: string, target: PackageTarget, work: string): ArchiveFile[] {
  const names = ['package.json', 'bun.lock'];
  const texts = names.map((name): [string, string] => [name, readFileSync(join(project, name), 'utf8')]);
  install(work, Object.fromEntries(texts), ['--production', '--frozen-lockfile'], target);
  const folder = join(work, 'node_modules');
  return filesUnder(folder)
    .map((path) => relative(folder, path))
    .filter((path) => isModuleShipped(path, target.cpu))
    .map((path) => ({
      path: `node_modules/${path}`,
      bytes: readFileSync(join(folder, path)),
      executable: false,
    }));
}

/** The version that package.json pins. */
function bunBinary({ cpu, name, bun }: PackageTarget, work: string): ArchiveFile {
  const version = packageJson.engines.bun.replace(/^>=/, '');
  const manifest = JSON.stringify({ private: true, dependencies: { [bun.package]: version } });
  install(work, { 'package.json': manifest }, [], { cpu });
  const bytes = readFileSync(join(work, 'node_modules', bun.package, 'bin/bun'));
  const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
  if (sha256 !== bun.sha256) {
    const next = 'look whether it is what its makers publish, and change src/packaging/targets.ts';
    throw new PackagingError(
      `the Bun ${version} of ${name} has the sha256 ${sha256}, not ${bun.sha256}: ${next}`,
    );
  }
  return { path: 'bin/bun', bytes, executable: true };
}

function install(
  folder: string,
  texts: Readonly<Record<string, string>>,
  flags: readonly string[],
  { cpu }: Pick<PackageTarget, 'cpu'>,
): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  const command = ['install', '--ignore-scripts', '--linker=hoisted', '--os=linux', `--cpu=${cpu}`, ...flags];
  const done = Bun.spawnSync([process.execPath, ...command], { cwd: folder, stdin: 'ignore' });
  if (!done.success) throw new PackagingError(`bun ${command.join(' ')}: ${done.stderr.toString().trim()}`);
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    // Links stand for commands of packages, which nobody calls.
    return entry.isFile() ? [path] : [];
  });
}
