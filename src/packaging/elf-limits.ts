import { elfMachine, elfNeeds, isElf } from './elf.ts';
import type { ArchiveFile } from './tar.ts';
import type { PackageTarget } from './targets.ts';

/**
 * What a Jetson Nano with JetPack 4.6 has: the C library of Ubuntu 18.04, and of libstdc++ what its GCC 8 brings. Every
 * other target is newer. Versions of libraries that are shipped themselves are not limited.
 */
const oldest = { GLIBC: [2, 27], GLIBCXX: [3, 4, 25], CXXABI: [1, 3, 11] } as const;

/** What was found of one compiled file. */
export interface ElfReport {
  readonly path: string;
  /** The newest C library that it needs: `2.27`; undefined for one that needs none. */
  readonly glibc: string | undefined;
  /** Why it does not run on every board of the target; empty when it does, as far as a file tells. */
  readonly problems: readonly string[];
}

/** Reads every compiled file among these. */
export function elfReports(
  files: Iterable<Pick<ArchiveFile, 'path' | 'bytes'>>,
  cpu: PackageTarget['cpu'],
): ElfReport[] {
  return [...files].filter(({ bytes }) => isElf(bytes)).map(({ path, bytes }) => reportOf(path, bytes, cpu));
}

function reportOf(path: string, bytes: Uint8Array, cpu: PackageTarget['cpu']): ElfReport {
  const { machine, versions, unguardedLse } = elfNeeds(bytes);
  const problems: string[] = [];
  if (machine !== elfMachine[cpu]) problems.push(`it is for another CPU (${machine})`);
  if (unguardedLse > 0)
    problems.push(`${unguardedLse} atomic instructions of ARMv8.1 without a test of the CPU`);
  let glibc: string | undefined;
  for (const version of versions) {
    const [, family = '', number = ''] = /^(GLIBC|GLIBCXX|CXXABI)_([\d.]+)$/.exec(version) ?? [];
    if (family === 'GLIBC' && (glibc === undefined || isNewer(number, glibc))) glibc = number;
    const limit = Object.entries(oldest)
      .find(([name]) => name === family)?.[1]
      .join('.');
    if (limit !== undefined && isNewer(number, limit))
      problems.push(`${version}, and the oldest board has ${limit}`);
  }
  return { path, glibc, problems };
}

function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(a?.length ?? 0, b?.length ?? 0); i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
