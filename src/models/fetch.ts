import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { messageOf } from './errors.ts';

/** Larger networks do not fit a board's memory, and no embedder or detector of faces needs it. */
const maxModelBytes = 512 * 1024 * 1024;
const stallMs = 30_000;
const headBytes = 256;

/** Bytes as they arrive, and how many are announced, where that is known. */
export interface ModelBytes {
  readonly announcedBytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A file's bytes. Throws an Error that says what is wrong: not there, no file, empty, too large.
 */
export async function readModelFile(path: string, signal: AbortSignal): Promise<ModelBytes> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  });
  if (!facts.isFile()) throw new Error(`${path} is not a file`);
  refuseTooLarge(path, facts.size);
  return { announcedBytes: facts.size, chunks: createReadStream(path, { signal }) };
}

/**
 * What an http or https address serves. Throws an Error that names the address: no connection, a status other
 * than success, too large, nothing received for 30 seconds, or a connection that ended early.
 */
export async function fetchModel(address: string, signal: AbortSignal): Promise<ModelBytes> {
  const stall = new AbortController();
  const stalled = new Error(`${address}: nothing was received for ${stallMs / 1000} seconds`);
  const watch = () => setTimeout(() => stall.abort(stalled), stallMs);
  let timer = watch();
  let response: Response;
  try {
    response = await fetch(address, { signal: AbortSignal.any([signal, stall.signal]) });
  } catch (error) {
    clearTimeout(timer);
    throw stall.signal.aborted ? stalled : new Error(`${address}: ${messageOf(error)}`, { cause: error });
  }
  const length = response.headers.get('content-length');
  const announcedBytes =
    length === null || response.headers.has('content-encoding') ? undefined : Number(length);
  try {
    if (!response.ok)
      throw new Error(`${address} answers ${response.status} ${response.statusText}`.trimEnd());
    if (announcedBytes !== undefined) refuseTooLarge(address, announcedBytes);
    if (response.body === null) throw new Error(`${address} serves nothing`);
  } catch (error) {
    clearTimeout(timer);
    // The connection may be gone already; why we refuse is what counts.
    await response.body?.cancel().catch(() => {});
    throw error;
  }
  const { body } = response;

  async function* received(): AsyncIterable<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of body) {
        clearTimeout(timer);
        timer = watch();
        bytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw stall.signal.aborted ? stalled : new Error(`${address}: ${messageOf(error)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    if (announcedBytes !== undefined && bytes < announcedBytes) {
      throw new Error(`${address}: the connection ended after ${bytes} of ${announcedBytes} bytes`);
    }
  }
  return { announcedBytes, chunks: received() };
}

/** Writes the bytes to `path`, hashing them on the way. Throws an Error when there are none or too many. */
export async function storeChunks(
  source: Promise<ModelBytes>,
  path: string,
  onProgress?: (bytes: number, ofBytes: number | undefined) => void,
): Promise<{ sha256: string; bytes: number; head: Uint8Array }> {
  const { chunks, announcedBytes } = await source;
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  let bytes = 0;
  let head = new Uint8Array(0);
  try {
    for await (const chunk of chunks) {
      if (bytes === 0) head = chunk.slice(0, headBytes);
      bytes += chunk.length;
      refuseTooLarge('it', bytes);
      hash.update(chunk);
      await file.writeFile(chunk);
      onProgress?.(bytes, announcedBytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (bytes === 0) throw new Error('the file is empty');
  return { sha256: hash.digest('hex'), bytes, head };
}

function refuseTooLarge(name: string, bytes: number): void {
  if (bytes > maxModelBytes) {
    throw new Error(`${name} has more than ${maxModelBytes / 1024 / 1024} MiB, too much for a model`);
  }
}
