import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { HalError } from '../../hal/contract/errors.ts';
import { type DatasetFile, describe, listDataset } from './dataset.ts';
import { asPeopleStoreError, PeopleStoreError } from './errors.ts';
import type { NearPair } from './gallery.ts';
import { JoinCheck, type JoinLimits } from './join-check.ts';
import { nameKey } from './names.ts';
import type { NewSample, SampleKind, SampleQuality } from './person.ts';
import type { ErasureReceipt, PeopleStore } from './store.ts';

export type RefusalReason =
  | 'bad-name'
  | 'unreadable'
  | 'forgotten'
  | 'model-failed'
  | 'other-person'
  // Pictures.
  | 'no-face'
  | 'several-faces'
  | 'poor-face'
  // Recordings.
  | 'no-speech'
  | 'too-short'
  | 'too-loud'
  | 'too-quiet'
  | 'too-noisy'
  | 'two-speakers';

/** Why a file is not taken; the message is for people. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

export interface RefusedFile extends Refusal {
  /** In the imported folder; empty for the folder itself. */
  readonly path: string;
}

/** What one file gave. */
export interface ExaminedFile {
  readonly embedding: Float32Array;
  readonly quality: SampleQuality;
  /** Why it is poor, though it is taken. */
  readonly warning: string | undefined;
}

/** One kind of file that people are imported from: pictures of faces, recordings of voices. */
export interface ImportSource {
  readonly kind: SampleKind;
  /** The pipeline that `examine` runs. */
  readonly pipelineId: string;
  readonly limits: JoinLimits;
  /** Embeddings of one sample. */
  readonly perSample: number;
  /** Larger files are refused unread, as `tooLarge`. */
  readonly maxBytes: number;
  readonly tooLarge: string;
  /** What is said of a file of somebody who was forgotten. */
  readonly forgotten: string;
  /** The name of the person, from the path in the folder. Throws PeopleStoreError `name-invalid`. */
  nameOf(path: string): string;
  /**
   * Rejects with a message for people when it is no readable file of this kind, and with HalError when the models
   * fail.
   */
  examine(path: string, signal: AbortSignal): Promise<ExaminedFile | Refusal>;
  /** Pairs of people, one of them in `changed`, who can be taken for each other. Nearest first. */
  confusable(changed: ReadonlySet<string>, signal: AbortSignal): Promise<NearPair[]>;
}

export interface ImportProgress {
  readonly done: number;
  readonly total: number;
}

export interface ImportReport {
  /** The folder as it was looked at; false when it could not be listed: then nothing is taken away. */
  readonly root: string;
  readonly readable: boolean;
  readonly added: readonly { path: string; subjectId: string; warning: string | undefined }[];
  /** Files that were known already: not looked at again. */
  readonly kept: number;
  readonly removed: ErasureReceipt;
  readonly refused: readonly RefusedFile[];
  /** Pairs of people, one of them with a new file, who can be taken for each other. Nearest first. */
  readonly confusable: readonly NearPair[];
}

/**
 * Brings the store to what a folder holds: new files are embedded and added, known ones (by content and pipeline) are
 * not looked at again, and the samples of files that are gone are erased. Nothing a file holds stops the others.
 */
export class FolderImport {
  readonly #store: PeopleStore;
  readonly #source: ImportSource;
  /** Refusals of this run by content, so that a picture without a face is not searched at every change. */
  readonly #refusals = new Map<string, Refusal>();

  constructor(store: PeopleStore, source: ImportSource) {
    this.#store = store;
    this.#source = source;
  }

  /**
   * One pass over the folder. Rejects only with PeopleStoreError (the store itself fails: disk full, locked) and the
   * signal's reason; what was added until then stays.
   */
  async run(
    folder: string,
    signal: AbortSignal,
    onProgress: (progress: ImportProgress) => void = () => {},
  ): Promise<ImportReport> {
    const root = await realpath(folder).catch(() => folder);
    const listing = await listDataset(root, signal);
    const pass: Pass = {
      root,
      paths: new Set(listing.files.map((file) => file.path)),
      seen: [],
      unread: listing.unreadable.map((entry) => entry.path),
      added: [],
      kept: 0,
      refused: listing.unreadable.map((entry) => ({ ...entry, reason: 'unreadable' as const })),
    };
    for (const [index, file] of listing.files.entries()) {
      signal.throwIfAborted();
      onProgress({ done: index, total: listing.files.length });
      const refusal = await this.#take(file, pass, signal);
      if (refusal !== undefined) pass.refused.push({ path: file.path, ...refusal });
    }
    onProgress({ done: listing.files.length, total: listing.files.length });
    return {
      root,
      readable: listing.complete,
      added: pass.added,
      kept: pass.kept,
      removed: listing.complete
        ? this.#store.eraseMissing(root, { contents: pass.seen, paths: pass.unread })
        : { people: 0, samples: 0, rememberedContents: 0, scrubbed: true },
      refused: pass.refused,
      confusable: await this.#confusable(pass, signal),
    };
  }

  async #take(file: DatasetFile, pass: Pass, signal: AbortSignal): Promise<Refusal | undefined> {
    const store = this.#store;
    const source = this.#source;
    let name: string;
    try {
      name = source.nameOf(file.path);
    } catch (error) {
      return { reason: 'bad-name', message: describe(error) };
    }
    if (file.sizeBytes === 0) return { reason: 'unreadable', message: 'the file is empty' };
    if (file.sizeBytes > source.maxBytes) {
      const message = `larger than ${source.maxBytes / 1024 / 1024} MB: ${source.tooLarge}`;
      return { reason: 'unreadable', message };
    }
    let contentSha256: string;
    try {
      contentSha256 = await sha256OfFile(file.fullPath, signal);
    } catch (error) {
      signal.throwIfAborted();
      pass.unread.push(file.path);
      return { reason: 'unreadable', message: describe(error) };
    }
    if (store.isForgotten(contentSha256)) return this.#forgotten();
    const provenance = { source: 'dataset', root: pass.root, path: file.path, contentSha256 } as const;
    const known = this.#knownSample(name, file.path, pass, contentSha256);
    if (known === 'kept') return undefined;
    if (known !== undefined) return this.#add(name, { ...known, provenance }, undefined, file, pass);

    const before = this.#refusals.get(contentSha256);
    if (before !== undefined) return before;
    const examined = await this.#examine(file, signal);
    if ('reason' in examined) {
      // A model that failed says nothing about the file: what is stored of it stays, and it is tried again.
      if (examined.reason === 'model-failed') pass.unread.push(file.path);
      else this.#refusals.set(contentSha256, examined);
      return examined;
    }
    const { embedding, quality } = examined;
    const { kind, pipelineId } = source;
    const fit = this.#fit(name, embedding, pass);
    if (fit !== undefined && 'reason' in fit) return fit;
    const warning = fit?.warning ?? examined.warning;
    return this.#add(name, { kind, pipelineId, embedding, quality, provenance }, warning, file, pass);
  }

  /** Whether the sample fits the person's others and harms nobody: what there is to say, or why it is left out. */
  #fit(
    name: string,
    embedding: Float32Array,
    pass: Pass,
  ): Refusal | { readonly warning: string } | undefined {
    const { kind, pipelineId, limits, perSample } = this.#source;
    const person = this.#store.find(name);
    // The first sample of somebody has nothing to fit to; whom it is confused with is reported at the end.
    if (person === undefined || this.#store.sampleCount(person.subjectId, kind, pipelineId) === 0) return;
    pass.check ??= new JoinCheck(this.#store.embeddings(kind, pipelineId), limits, perSample);
    const problem = pass.check.problemOf(person.subjectId, embedding);
    switch (problem?.problem) {
      case undefined:
        return;
      case 'outlier':
        return { warning: `unlike the others of this person (distance ${problem.distance.toFixed(2)})` };
      case 'looks-like-another': {
        const who = this.#store.nameOf(problem.otherSubjectId);
        return { reason: 'other-person', message: `it is more like ${who} than like ${person.name}` };
      }
      case 'harms-another': {
        const who = this.#store.nameOf(problem.otherSubjectId);
        return { reason: 'other-person', message: `with it ${who} would not be told from ${person.name}` };
      }
    }
  }

  /**
   * A sample of this content: `kept` when it already is this person's and its recorded picture is still there, else
   * one whose embedding can be used again (a file that was moved or renamed).
   */
  #knownSample(
    name: string,
    path: string,
    pass: Pass,
    contentSha256: string,
  ): NewSample | 'kept' | undefined {
    const store = this.#store;
    const { kind, pipelineId } = this.#source;
    const samples = store.samplesOfContent(kind, pipelineId, contentSha256);
    if (samples.length === 0) return undefined;
    const person = store.find(name);
    const own = samples.find((sample) => sample.subjectId === person?.subjectId);
    if (own === undefined) return samples[0];
    const { provenance } = own;
    const moved =
      provenance.source === 'dataset' &&
      (provenance.root !== pass.root || (provenance.path !== path && !pass.paths.has(provenance.path)));
    if (moved) return own;
    pass.seen.push({ subjectId: own.subjectId, contentSha256 });
    pass.kept++;
    return 'kept';
  }

  async #examine(file: DatasetFile, signal: AbortSignal): Promise<ExaminedFile | Refusal> {
    try {
      return await this.#source.examine(file.fullPath, signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof HalError ? 'model-failed' : 'unreadable';
      return { reason, message: describe(error) };
    }
  }

  #add(
    name: string,
    sample: NewSample,
    warning: string | undefined,
    file: DatasetFile,
    pass: Pass,
  ): Refusal | undefined {
    try {
      const { person } = this.#store.enrol({ name, consent: null, samples: [sample] });
      const { contentSha256 } = sample.provenance;
      pass.seen.push({ subjectId: person.subjectId, contentSha256 });
      pass.check?.add(person.subjectId, sample.embedding);
      pass.added.push({ path: file.path, subjectId: person.subjectId, warning });
      return undefined;
    } catch (error) {
      const failure = asPeopleStoreError(error, file.path);
      // Forgotten by another process since we looked.
      if (failure.kind === 'forgotten') return this.#forgotten();
      if (failure.kind === 'sample-invalid') return { reason: 'model-failed', message: failure.message };
      throw failure;
    }
  }

  async #confusable(pass: Pass, signal: AbortSignal): Promise<NearPair[]> {
    if (pass.added.length === 0) return [];
    return await this.#source.confusable(new Set(pass.added.map(({ subjectId }) => subjectId)), signal);
  }

  #forgotten(): Refusal {
    return { reason: 'forgotten', message: this.#source.forgotten };
  }
}

/** What one pass has gathered. */
interface Pass {
  readonly root: string;
  readonly paths: ReadonlySet<string>;
  readonly seen: { subjectId: string; contentSha256: string }[];
  readonly unread: string[];
  readonly added: { path: string; subjectId: string; warning: string | undefined }[];
  kept: number;
  readonly refused: RefusedFile[];
  /** Made when it is first needed: it holds everybody. */
  check?: JoinCheck;
}

export interface NamedFile {
  /** The imported folder, links resolved. */
  readonly root: string;
  /** In that folder. */
  readonly path: string;
  readonly fullPath: string;
  /** Hex; absent when the file cannot be read. */
  readonly contentSha256?: string;
}

/**
 * The files of a folder that bear a person's name, whether they were imported or refused.
 *
 * @param nameOf gives the name of a path in the folder, or throws PeopleStoreError.
 */
export async function filesOfName(
  folder: string,
  name: string,
  nameOf: (path: string) => string,
  signal: AbortSignal,
): Promise<NamedFile[]> {
  const root = await realpath(folder).catch(() => folder);
  const wanted = nameKey(name);
  const files: NamedFile[] = [];
  for (const { path, fullPath } of (await listDataset(root, signal)).files) {
    if (keyOf(path, nameOf) !== wanted) continue;
    const contentSha256 = await sha256OfFile(fullPath, signal).catch(() => undefined);
    files.push({ root, path, fullPath, ...(contentSha256 === undefined ? {} : { contentSha256 }) });
  }
  return files;
}

function keyOf(path: string, nameOf: (path: string) => string): string | undefined {
  try {
    return nameKey(nameOf(path));
  } catch (error) {
    if (error instanceof PeopleStoreError) return undefined;
    throw error;
  }
}

/** Hex. Read in pieces: the file may be large. */
export async function sha256OfFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { signal })) hash.update(piece);
  return hash.digest('hex');
}
