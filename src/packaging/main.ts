import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { debOf, gzipOf } from './deb.ts';
import { elfReports } from './elf-limits.ts';
import { debScripts, packagePlace } from './scripts.ts';
import { PackagingError, packageFiles } from './stage.ts';
import { tarOf } from './tar.ts';
import { type PackageTarget, packageTargets } from './targets.ts';

const usage = `bun run package --target ${packageTargets.map(({ name }) => name).join('|')} [--output DIR]

Makes vigil-VERSION-TARGET.tar.gz and a .deb in DIR (dist): all that a board needs, installed without the network.
The same working copy gives the same bytes.`;

/** Unpacked. The smallest board's card is 16 GB; what matters is how long a copy takes on it. */
const largestMb = 250;

const project = resolve(import.meta.dir, '../..');

function main(args: string[]): void {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: 'string' },
      output: { type: 'string', default: join(project, 'dist') },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(usage);
    return;
  }
  const target = packageTargets.find(({ name }) => name === values.target);
  if (target === undefined)
    throw new PackagingError(`--target ${values.target ?? '?'} is not known\n\n${usage}`);
  make(target, values.output);
}

function make(target: PackageTarget, folder: string): void {
  const { files, release } = packageFiles(project, target);
  for (const { path, glibc, problems } of elfReports(files, target.cpu)) {
    if (problems.length > 0) throw new PackagingError(`${path}: ${problems.join('; ')}`);
    console.error(`${path}: needs glibc ${glibc ?? 'none'}`);
  }
  const megabytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6;
  if (megabytes > largestMb)
    throw new PackagingError(`${megabytes.toFixed(0)} MB, and ${largestMb} are allowed`);
  const name = `vigil-${release.version}-${target.name}`;
  const deb = debOf(
    files.map((file) => ({ ...file, path: `${packagePlace}/${file.path}` })),
    { version: release.version, architecture: target.debArchitecture, scripts: debScripts },
  );
  mkdirSync(folder, { recursive: true });
  const outputs: [string, Uint8Array][] = [
    [`${name}.tar.gz`, gzipOf(tarOf(files, `${name}/`))],
    [`vigil_${release.version}_${target.debArchitecture}.deb`, deb],
  ];
  for (const [file, bytes] of outputs) {
    writeFileSync(join(folder, file), bytes);
    console.log(join(folder, file));
  }
  console.error(
    `${files.length} files, ${megabytes.toFixed(0)} MB unpacked, release ${release.sha256.slice(0, 12)}`,
  );
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`package: ${error instanceof Error ? error.message : error}`);
  process.exit(error instanceof PackagingError ? 2 : 1);
}
