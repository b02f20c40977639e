import { arch, cpus, platform, release, totalmem } from 'node:os';
import packageJson from '../../../package.json' with { type: 'json' };
import { buildId } from '../../runtime/build-id.ts';
import type { Provenance } from './document.ts';

/** Packages of which a number in a report may depend. */
const measuringPackages = [
  'onnxruntime-node',
  'sharp',
  '@tensorflow/tfjs-core',
  '@techstark/opencv-js',
] as const;

/** This program and what it computes with. */
export function versionsHere(): Provenance['versions'] {
  const { version, commit } = buildId();
  return {
    vigil: commit === null ? version : `${version} (${commit.slice(0, 12)})`,
    bun: Bun.version,
    ...Object.fromEntries(measuringPackages.map((name) => [name, packageJson.dependencies[name]])),
  };
}

export function machineHere(): Provenance['machine'] {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() || 'unknown processor',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

/** One hash for many files, whatever their names and their order. */
export function hashOfHashes(sha256s: Iterable<string>): string {
  const hasher = new Bun.CryptoHasher('sha256');
  for (const hash of [...sha256s].sort()) hasher.update(`${hash}\n`);
  return hasher.digest('hex');
}

/** What was measured with what, line by line. */
export function provenanceRows(provenance: Provenance): [what: string, value: string][] {
  const { date, command, seed, versions, machine, models, data } = provenance;
  const gibibytes = (machine.memoryBytes / 2 ** 30).toFixed(1);
  const listed = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
  const rows: [string, string][] = [['command', command]];
  if (seed !== null) rows.push(['seed', `${seed}`]);
  rows.push(
    ['date', date],
    ['machine', `${machine.cpu}, ${machine.cores} cores, ${gibibytes} GiB, ${machine.system}`],
    ['versions', listed.join(', ')],
  );
  for (const { id, sha256 } of models)
    rows.push([`model ${id}`, sha256 === null ? '-' : `SHA-256 ${sha256}`]);
  for (const { what, files, sha256 } of data) {
    rows.push([what, `${files} files, SHA-256 of their sorted hashes ${sha256}`]);
  }
  return rows;
}
