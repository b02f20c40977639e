import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelEntry, modelEntrySchema } from './entry.ts';
import { ManifestError, messageOf } from './errors.ts';
import { fetchModel, readModelFile, storeChunks } from './fetch.ts';
import {
  formatAddedModels,
  type Manifest,
  manifestFile,
  parseManifest,
  readAddedModels,
} from './manifest.ts';
import { tryModel } from './trial.ts';

/** A model that was not added. The message says why and what to do; nothing was left behind. */
export class AddModelError extends Error {
  override readonly name = 'AddModelError';
}

export interface ModelToAdd {
  /** A path, or an http or https address. */
  readonly source: string;
  /** Must be given for an address, here or in the entry. */
  readonly sha256?: string;
  readonly description: EntryText | LikeModel;
}

/** An entry as JSON text; `file`, `bytes` and, for a file, `sha256` may be left out. */
export interface EntryText {
  readonly kind: 'entry';
  readonly path: string;
  readonly text: string;
}

/** Used just as a model that is there already. */
export interface LikeModel {
  readonly kind: 'like';
  readonly model: ModelEntry;
  readonly id: string;
}

const partSuffix = '.part';
const abandonedAfterMs = 3_600_000;

/**
 * Takes a model into the folder of added models: fetches or copies it, compares its sha256, loads it and runs it
 * on a generated picture, and only then writes it into that folder's manifest. Whole or not at all.
 *
 * Gives the new entry and what the trial run showed. Throws AddModelError, ManifestError, or the signal's reason.
 */
export async function addModel(
  toAdd: ModelToAdd,
  manifest: Manifest,
  addedDir: string,
  options: { signal: AbortSignal; onProgress?: (bytes: number, ofBytes: number | undefined) => void },
): Promise<{ entry: ModelEntry; trial: string }> {
  const remote = isAddress(toAdd.source);
  const draft = draftEntry(toAdd);
  const expected = (toAdd.sha256 ?? draft.sha256)?.toLowerCase();
  if (remote && expected === undefined) {
    throw new AddModelError(
      `an address needs --sha256: what it serves can change. Ask its publisher for the hash`,
    );
  }
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected)) {
    throw new AddModelError(`'${expected}' is not a sha256: it is 64 hexadecimal digits`);
  }
  if (manifest.find(draft.entry.id) !== undefined) {
    throw new AddModelError(
      `there is a model '${draft.entry.id}' already (vigil models list); choose another id`,
    );
  }

  await makeFolder(addedDir);
  const part = join(addedDir, `${randomUUID()}${partSuffix}`);
  try {
    const source = remote
      ? fetchModel(toAdd.source, options.signal)
      : readModelFile(toAdd.source, options.signal);
    const stored = await storeChunks(source, part, options.onProgress);
    if (expected !== undefined && stored.sha256 !== expected) {
      throw new AddModelError(
        `${toAdd.source} is not the file that was meant: its sha256 is ${stored.sha256}, ` +
          `expected was ${expected}${guessContent(stored.head)}`,
      );
    }
    const twin = manifest.models.find(
      (model) => model.sha256 === stored.sha256 && sameUse(model, draft.entry),
    );
    if (twin !== undefined) {
      throw new AddModelError(`${toAdd.source} is there already, as '${twin.id}', and used in the same way`);
    }
    const entry = { ...draft.entry, sha256: stored.sha256, bytes: stored.bytes };
    const trial = await tryModel(entry, part, options.signal);
    if (!trial.passed) throw new AddModelError(`${trial.text}${guessContent(stored.head)}`);
    await rename(part, join(addedDir, entry.file));
    await register(entry, addedDir);
    return { entry, trial: trial.text };
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof AddModelError || error instanceof ManifestError) throw error;
    throw new AddModelError(messageOf(error), { cause: error });
  } finally {
    await rm(part, { force: true });
  }
}

/** True for http and https; any other scheme is refused. */
function isAddress(source: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return false;
  if (scheme === 'http' || scheme === 'https') return true;
  throw new AddModelError(`'${scheme}:' is not supported: give a file, or an http or https address`);
}

/** The entry with the facts of its file still open. */
function draftEntry({ source, description }: ModelToAdd): { entry: ModelEntry; sha256: string | undefined } {
  const unknown = { sha256: '0'.repeat(64), bytes: 1 };
  if (description.kind === 'like') {
    const { licenceFile: _, ...model } = description.model;
    const text = JSON.stringify({
      ...model,
      ...unknown,
      id: description.id,
      file: `${description.id}.onnx`,
      licence: 'not stated',
      origin: source,
      changed: 'nothing',
      measured: 'nothing',
    });
    return { entry: parseManifest(modelEntrySchema, text, `model '${description.id}'`), sha256: undefined };
  }
  const { text, path } = description;
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new ManifestError(`${path} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  const facts = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {};
  const id = 'id' in facts && typeof facts.id === 'string' ? facts.id : 'model';
  const whole = JSON.stringify({ ...unknown, ...facts, file: `${id}.onnx` });
  const entry = parseManifest(modelEntrySchema, whole, path);
  return { entry, sha256: 'sha256' in facts ? entry.sha256 : undefined };
}

function sameUse(a: ModelEntry, b: ModelEntry): boolean {
  const use = (entry: ModelEntry) =>
    JSON.stringify([entry.role, entry.input, entry.output, entry.role === 'embedder' ? entry.alignment : '']);
  return use(a) === use(b);
}

/** What people get instead of a model more often than not. */
function guessContent(head: Uint8Array): string {
  const text = new TextDecoder('latin1').decode(head).trimStart().toLowerCase();
  if (text.startsWith('<')) return '; it looks like a web page: use the address of the file itself';
  if (text.startsWith('version https://git-lfs')) return '; it is a Git LFS pointer: fetch the file itself';
  return '';
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    // What a killed process left there; one that is being written is younger.
    for (const name of await readdir(dir)) {
      const path = join(dir, name);
      if (name.endsWith(partSuffix) && Date.now() - (await stat(path)).mtimeMs > abandonedAfterMs) {
        await rm(path, { force: true });
      }
    }
  } catch (error) {
    throw new AddModelError(`${dir} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** Adds the entry to the manifest by way of a second file, so that a power cut leaves the old or the new one. */
async function register(entry: ModelEntry, addedDir: string): Promise<void> {
  const part = join(addedDir, `${manifestFile}${partSuffix}`);
  try {
    // Read again: another `add` may have been quicker.
    const others = (await readAddedModels(addedDir)).filter(({ id }) => id !== entry.id);
    const file = await open(part, 'w', 0o600);
    try {
      await file.writeFile(formatAddedModels([...others, entry]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, join(addedDir, manifestFile));
  } catch (error) {
    await rm(part, { force: true });
    await rm(join(addedDir, entry.file), { force: true });
    throw error;
  }
}
