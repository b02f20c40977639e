import { Database } from 'bun:sqlite';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../people/import.ts';
import { keyFile } from '../../people/state-directory.ts';
import {
  type BackupIndex,
  databaseFiles,
  plainFiles,
  plainFolders,
  restoredConfig,
  restoredKeys,
} from './contents.ts';
import { type ScryptCost, sealStream } from './sealed-stream.ts';

export interface BackupRequest {
  readonly stateDirectory: string;
  /** The configuration that is in use; undefined where there is no file. */
  readonly configFile: string | undefined;
  /** Must not be there yet. */
  readonly output: string;
  readonly passphrase: Uint8Array;
  readonly cost: ScryptCost;
  readonly nowUtcMs: number;
  readonly version: string;
}

export interface MadeBackup {
  readonly files: number;
  readonly bytes: number;
}

interface Source {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/**
 * Writes what makes a device itself into one sealed file: people with their keys and originals, credentials, the
 * configuration. Databases are copied as of one moment, also while a device runs. Rejects when a file cannot be read
 * or the backup cannot be written; then there is no backup.
 */
export async function makeBackup(request: BackupRequest, signal: AbortSignal): Promise<MadeBackup> {
  const { output, passphrase, cost, nowUtcMs, version } = request;
  const sources = await sourcesOf(request, signal);
  const madeAt = new Date(nowUtcMs).toISOString();
  const index: BackupIndex = {
    vigil: version,
    madeAt,
    files: sources.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, sha256 })),
  };
  const temporary = `${output}.new`;
  const file = await open(temporary, 'w', 0o600);
  let bytes = 0;
  try {
    try {
      for await (const piece of sealStream(plainStream(index, sources), passphrase, madeAt, cost)) {
        signal.throwIfAborted();
        await file.writeFile(piece);
        bytes += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, output);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { files: sources.length, bytes };
}

/** The index on a line, then the files one after the other. */
async function* plainStream(
  index: BackupIndex,
  sources: readonly Source[],
): AsyncGenerator<Uint8Array, void, void> {
  yield Buffer.from(`${JSON.stringify(index)}\n`);
  for (const source of sources) yield* source.pieces();
}

async function sourcesOf(
  { stateDirectory, configFile }: BackupRequest,
  signal: AbortSignal,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const name of databaseFiles) {
    const path = join(stateDirectory, name);
    if (existsSync(path)) sources.push(inMemory(name, copyOfDatabase(path)));
  }
  for (const name of plainFiles) {
    const path = join(stateDirectory, name);
    if (existsSync(path)) sources.push(inMemory(name, readFileSync(path)));
  }
  const keys = keyFile(stateDirectory);
  if (existsSync(keys)) sources.push(inMemory(restoredKeys, readFileSync(keys)));
  if (configFile !== undefined) sources.push(inMemory(restoredConfig, readFileSync(configFile)));
  for (const folder of plainFolders) {
    const full = join(stateDirectory, folder);
    for (const name of existsSync(full) ? readdirSync(full).sort() : []) {
      sources.push(await onDisk(`${folder}/${name}`, join(full, name), signal));
    }
  }
  return sources;
}

function inMemory(path: string, content: Uint8Array): Source {
  const sha256 = new Bun.CryptoHasher('sha256').update(content).digest('hex');
  return { path, sizeBytes: content.length, sha256, pieces: () => [content] };
}

async function onDisk(path: string, fullPath: string, signal: AbortSignal): Promise<Source> {
  const sha256 = await sha256OfFile(fullPath, signal);
  const { size: sizeBytes } = Bun.file(fullPath);
  return { path, sizeBytes, sha256, pieces: () => createReadStream(fullPath) };
}

/** The database as of one moment, with what its log holds, as one file. */
function copyOfDatabase(path: string): Uint8Array {
  const database = new Database(path, { readonly: true });
  try {
    return database.serialize();
  } finally {
    database.close();
  }
}
