import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };

/** What identifies the program that made a trace. */
export interface BuildId {
  readonly version: string;
  /** Of the working copy; null where there is none. For people: `sha256` is what counts. */
  readonly commit: string | null;
  /** Of all code that decides what a trace says: two programs of which it is the same replay each other's traces. */
  readonly sha256: string;
}

const project = resolve(import.meta.dir, '../..');

/** Folders and files of which the records of the machines are made. Devices and models stand outside: they are input. */
export const decidingPaths: readonly string[] = [
  'machines',
  'src/decide',
  'src/trace/data.ts',
  'src/trace/guard-text.ts',
  'src/trace/record.ts',
  'src/trace/recorder.ts',
  'src/trace/xstate.ts',
  'src/runtime/access-settings.ts',
  'src/runtime/boot-record.ts',
  'src/runtime/build-machines.ts',
  'src/runtime/indicator-panel.ts',
  'src/runtime/machine-delays.ts',
  'src/runtime/output-lines.ts',
  'hal/sim/random.ts',
];

let known: BuildId | undefined;

/** This program's. Reads some 150 kB of its own source the first time. */
export function buildId(): BuildId {
  known ??= { version: packageJson.version, commit: commitOf(project), sha256: digest() };
  return known;
}

function digest(): string {
  const hasher = new Bun.CryptoHasher('sha256');
  hasher.update(`xstate ${packageJson.dependencies.xstate}\n`);
  for (const file of decidingPaths.flatMap((path) => filesOf(join(project, path)))) {
    hasher.update(`${relative(project, file)}\n`);
    hasher.update(readFileSync(file));
  }
  return hasher.digest('hex');
}

function filesOf(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

function commitOf(folder: string): string | null {
  const head = textOf(join(folder, '.git/HEAD'))?.trim();
  const branch = head?.match(/^ref: (refs\/\S+)$/)?.[1];
  if (branch === undefined) return head ?? null;
  const loose = textOf(join(folder, '.git', branch))?.trim();
  if (loose !== undefined) return loose;
  const packed = textOf(join(folder, '.git/packed-refs'))?.split('\n');
  return packed?.find((line) => line.endsWith(` ${branch}`))?.split(' ')[0] ?? null;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
