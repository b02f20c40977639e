import { readFile, statfs } from 'node:fs/promises';
import { arch, cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { availableMemory, readHeat } from '../../../hal/linux/board-sensors.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { type Finding, megabyte, sizeWords } from './finding.ts';
import { heatFinding } from './heat.ts';

/** The oldest glibc that onnxruntime-node 1.27.0 loads on: that of a Jetson Nano's stock system. */
const leastGlibc = [2, 27] as const;
/** Twice the peak of the whole program with its default models. */
const leastMemoryBytes = 500 * megabyte;
const littleDiskBytes = 200 * megabyte;
const leastDiskBytes = 20 * megabyte;

/** The machine: kernel, C library, processor, memory, disk, and the programs that carry Vigil. */
export async function examineSystem(stateDirectory: string, systemRoot: string): Promise<Finding[]> {
  return [
    kernelFinding(process.platform, release()),
    libraryFinding(await glibcVersion()),
    processorFinding(await boardModel(systemRoot)),
    heatFinding(await readHeat(systemRoot)),
    memoryFinding(totalmem(), await availableMemory(systemRoot)),
    diskFinding(stateDirectory, await freeBytes(stateDirectory)),
    bunFinding(Bun.version, packageJson.engines.bun),
    await onnxruntimeFinding(),
  ];
}

/** Linux has character devices for GPIO since 4.8, in the form that is here to stay since 5.10. */
export function kernelFinding(platform: string, version: string): Finding {
  const base = { id: 'kernel', label: 'kernel', value: `${platform} ${version}` } as const;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (platform !== 'linux' || major > 4 || (major === 4 && minor >= 8)) return { ...base, state: 'ok' };
  return { ...base, state: 'warning', next: 'real output lines need Linux 4.8 or newer; update the system' };
}

/** Undefined where there is no glibc, or nothing to ask about it. */
export async function glibcVersion(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const child = Bun.spawn(['getconf', 'GNU_LIBC_VERSION'], { stdin: 'ignore', stderr: 'ignore' });
    return /^glibc (\S+)/.exec(await new Response(child.stdout).text())?.[1];
  } catch {
    return undefined;
  }
}

/** `version` is undefined where there is no glibc, or nothing to ask about it. */
export function libraryFinding(version: string | undefined, platform: string = process.platform): Finding {
  const base = { id: 'libc', label: 'C library' } as const;
  if (platform !== 'linux') return { ...base, state: 'ok', value: `that of ${platform}` };
  const next = `the models need glibc ${leastGlibc.join('.')} or newer: Debian 10, Ubuntu 18.04 or anything later`;
  if (version === undefined) return { ...base, state: 'warning', value: 'no glibc found (musl?)', next };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > leastGlibc[0] || (major === leastGlibc[0] && minor >= leastGlibc[1]);
  return enough
    ? { ...base, state: 'ok', value: `glibc ${version}` }
    : { ...base, state: 'fault', value: `glibc ${version}`, next };
}

/** `Raspberry Pi 4 Model B Rev 1.4`; undefined on a PC. */
async function boardModel(systemRoot: string): Promise<string | undefined> {
  const text = await readFile(join(systemRoot, 'proc/device-tree/model'), 'utf8').catch(() => '');
  return text.replaceAll('\0', '').trim() || undefined;
}

function processorFinding(board: string | undefined): Finding {
  const cores = cpus();
  const model = cores[0]?.model.trim() || arch();
  const value = `${board === undefined ? '' : `${board}: `}${model}, ${cores.length} cores, ${arch()}`;
  const base = { id: 'cpu', label: 'processor', value } as const;
  if (arch() === 'x64' || arch() === 'arm64') return { ...base, state: 'ok' };
  return { ...base, state: 'fault', next: 'Vigil runs on x64 and arm64; use a 64-bit system on this board' };
}

export function memoryFinding(totalBytes: number, availableBytes: number | undefined): Finding {
  const free = availableBytes === undefined ? '' : `, ${sizeWords(availableBytes)} of it available`;
  const base = { id: 'memory', label: 'memory', value: sizeWords(totalBytes) + free } as const;
  if ((availableBytes ?? totalBytes) >= leastMemoryBytes) return { ...base, state: 'ok' };
  return {
    ...base,
    state: 'warning',
    next: `end other programs: ${sizeWords(leastMemoryBytes)} should be available`,
  };
}

/** Free space where the folder is, or will be made. */
async function freeBytes(folder: string): Promise<number | undefined> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    } catch {
      if (path === dirname(path)) return undefined;
    }
  }
}

export function diskFinding(folder: string, free: number | undefined): Finding {
  const base = { id: 'disk', label: 'disk' } as const;
  const next = `make room on the disk of ${folder}, or name another place with --state DIR`;
  if (free === undefined) return { ...base, state: 'warning', value: 'free space unknown', next };
  const value = `${sizeWords(free)} free for ${folder}`;
  if (free >= littleDiskBytes) return { ...base, state: 'ok', value };
  return { ...base, state: free < leastDiskBytes ? 'fault' : 'warning', value, next };
}

export function bunFinding(version: string, wanted: string): Finding {
  const base = { id: 'bun', label: 'Bun', value: version } as const;
  if (Bun.semver.satisfies(version, wanted)) return { ...base, state: 'ok' };
  return {
    ...base,
    state: 'fault',
    next: `Bun ${wanted} is needed: start with ./vigil, which brings its own`,
  };
}

async function onnxruntimeFinding(): Promise<Finding> {
  const base = { id: 'onnxruntime', label: 'onnxruntime' } as const;
  try {
    const { env } = await import('onnxruntime-node');
    return { ...base, state: 'ok', value: env.versions.node ?? env.versions.common ?? 'loads' };
  } catch (error) {
    const value = `does not load: ${error instanceof Error ? error.message : String(error)}`;
    return { ...base, state: 'fault', value, next: 'delete node_modules and start ./vigil again' };
  }
}
