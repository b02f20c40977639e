import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { HalError } from '../../hal/contract/errors.ts';
import type { FaceQuality } from '../../hal/contract/face-models.ts';
import { type DatasetFile, describe, listDataset } from './dataset.ts';
import { asPeopleStoreError, PeopleStoreError } from './errors.ts';
import { buildGallery, confusablePairs, type NearPair } from './gallery.ts';
import { nameKey, nameOfPicture } from './names.ts';
import type { NewSample } from './person.ts';
import type { ErasureReceipt, PeopleStore } from './store.ts';

/** Larger files are no photographs; they are refused unread. */
const maxPictureBytes = 64 * 1024 * 1024;

/** What looking at a picture gave for one face in it. */
export interface DescribedFace {
  readonly embedding: Float32Array;
  readonly quality: FaceQuality;
  /** The detector's score. */
  readonly score: number;
  /** What keeps the face from the limits of enrolment, with its numbers. */
  readonly enrolProblem: string | undefined;
  /** What keeps it from those of recognition, which are wider: such a face would not be recognised either. */
  readonly probeProblem: string | undefined;
}

/**
 * Finds and embeds every face of a picture. Rejects with a message for people when it is not a readable picture, and
 * with HalError when the models fail.
 */
export type DescribePicture = (
  path: string,
  signal: AbortSignal,
) => Promise<{ readonly faces: readonly DescribedFace[] }>;

export type RefusalReason =
  | 'bad-name'
  | 'unreadable'
  | 'no-face'
  | 'several-faces'
  | 'poor-face'
  | 'forgotten'
  | 'model-failed';

export interface RefusedPicture {
  /** In the dataset folder; empty for the folder itself. */
  readonly path: string;
  readonly reason: RefusalReason;
  readonly message: string;
}

export interface ImportProgress {
  readonly done: number;
  readonly total: number;
}

export interface ImportReport {
  /** The dataset folder as it was looked at; false when it could not be listed: then nothing is taken away. */
  readonly root: string;
  readonly readable: boolean;
  readonly added: readonly { path: string; subjectId: string; warning: string | undefined }[];
  /** Pictures that were known already: not looked at again. */
  readonly kept: number;
  readonly removed: ErasureReceipt;
  readonly refused: readonly RefusedPicture[];
  /** Pairs of people, one of them with a new picture, who can be taken for each other. Nearest first. */
  readonly confusable: readonly NearPair[];
}

export interface ImportOptions {
  readonly store: PeopleStore;
  /** The pipeline that `describePicture` runs. */
  readonly pipelineId: string;
  readonly describePicture: DescribePicture;
  /** Threshold + margin of that pipeline: people nearer than this are confusable. */
  readonly confusableDistance: number;
}

/**
 * Brings the store to what a dataset folder holds: new pictures are embedded and added, known ones (by content and
 * pipeline) are not looked at again, and the samples of pictures that are gone are erased.
 *
 * One face is needed. A face that misses a gate of enrolment but would be recognised is taken, with a warning, so
 * that old folders go on working; a poorer one is refused. Nothing a file holds stops the others.
 */
export class DatasetImport {
  readonly #options: ImportOptions;
  /** Refusals of this run by content, so that a picture without a face is not searched at every change. */
  readonly #refusals = new Map<string, Omit<RefusedPicture, 'path'>>();

  constructor(options: ImportOptions) {
    this.#options = options;
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
        ? this.#options.store.eraseMissing(root, { contents: pass.seen, paths: pass.unread })
        : { people: 0, samples: 0, rememberedContents: 0, scrubbed: true },
      refused: pass.refused,
      confusable: await this.#confusable(pass, signal),
    };
  }

  async #take(file: DatasetFile, pass: Pass, signal: AbortSignal): Promise<Refusal | undefined> {
    const { store } = this.#options;
    let name: string;
    try {
      name = nameOfPicture(file.path);
    } catch (error) {
      return { reason: 'bad-name', message: describe(error) };
    }
    if (file.sizeBytes === 0) return { reason: 'unreadable', message: 'the file is empty' };
    if (file.sizeBytes > maxPictureBytes) {
      return {
        reason: 'unreadable',
        message: `larger than ${maxPictureBytes / 1024 / 1024} MB: not a photograph`,
      };
    }
    let contentSha256: string;
    try {
      contentSha256 = await sha256OfFile(file.fullPath, signal);
    } catch (error) {
      signal.throwIfAborted();
      pass.unread.push(file.path);
      return { reason: 'unreadable', message: describe(error) };
    }
    if (store.isForgotten(contentSha256)) return forgottenRefusal;
    const provenance = { source: 'dataset', root: pass.root, path: file.path, contentSha256 } as const;
    const known = this.#knownSample(name, file.path, pass, contentSha256);
    if (known === 'kept') return undefined;
    if (known !== undefined) return this.#add(name, { ...known, provenance }, undefined, file, pass);

    const before = this.#refusals.get(contentSha256);
    if (before !== undefined) return before;
    const described = await this.#describe(file, signal);
    if ('reason' in described) {
      // A model that failed says nothing about the picture: what is stored of it stays, and it is tried again.
      if (described.reason === 'model-failed') pass.unread.push(file.path);
      else this.#refusals.set(contentSha256, described);
      return described;
    }
    const { embedding, quality, score } = described;
    const sample: NewSample = {
      kind: 'face',
      pipelineId: this.#options.pipelineId,
      embedding,
      quality: { ...quality, score },
      provenance,
    };
    return this.#add(name, sample, described.enrolProblem, file, pass);
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
    const { store, pipelineId } = this.#options;
    const samples = store.samplesOfContent('face', pipelineId, contentSha256);
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

  async #describe(file: DatasetFile, signal: AbortSignal): Promise<DescribedFace | Refusal> {
    let faces: readonly DescribedFace[];
    try {
      ({ faces } = await this.#options.describePicture(file.fullPath, signal));
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof HalError ? 'model-failed' : 'unreadable';
      return { reason, message: describe(error) };
    }
    const [face] = faces;
    if (face === undefined) return { reason: 'no-face', message: 'no face was found in it' };
    if (faces.length > 1) {
      return {
        reason: 'several-faces',
        message: `${faces.length} faces: a picture must show one person only`,
      };
    }
    if (face.probeProblem !== undefined) return { reason: 'poor-face', message: face.probeProblem };
    return face;
  }

  #add(
    name: string,
    sample: NewSample,
    warning: string | undefined,
    file: DatasetFile,
    pass: Pass,
  ): Refusal | undefined {
    try {
      const { person } = this.#options.store.enrol({ name, consent: null, samples: [sample] });
      const { contentSha256 } = sample.provenance;
      pass.seen.push({ subjectId: person.subjectId, contentSha256 });
      pass.added.push({ path: file.path, subjectId: person.subjectId, warning });
      return undefined;
    } catch (error) {
      const failure = asPeopleStoreError(error, file.path);
      // Forgotten by another process since we looked.
      if (failure.kind === 'forgotten') return forgottenRefusal;
      if (failure.kind === 'sample-invalid') return { reason: 'model-failed', message: failure.message };
      throw failure;
    }
  }

  async #confusable(pass: Pass, signal: AbortSignal): Promise<NearPair[]> {
    if (pass.added.length === 0) return [];
    const { store, pipelineId, confusableDistance } = this.#options;
    const changed = new Set(pass.added.map((picture) => picture.subjectId));
    return confusablePairs(buildGallery(store, pipelineId), changed, confusableDistance, signal);
  }
}

type Refusal = Omit<RefusedPicture, 'path'>;

/** What one pass has gathered. */
interface Pass {
  readonly root: string;
  readonly paths: ReadonlySet<string>;
  readonly seen: { subjectId: string; contentSha256: string }[];
  readonly unread: string[];
  readonly added: { path: string; subjectId: string; warning: string | undefined }[];
  kept: number;
  readonly refused: RefusedPicture[];
}

const forgottenRefusal: Refusal = {
  reason: 'forgotten',
  message:
    'shows a person who was forgotten and stays out; to take it back on purpose: vigil faces enrol NAME --input FILE',
};

export interface NamedPicture {
  /** The dataset folder, links resolved. */
  readonly root: string;
  /** In the dataset folder. */
  readonly path: string;
  readonly fullPath: string;
  /** Hex; absent when the file cannot be read. */
  readonly contentSha256?: string;
}

/** The files of a dataset folder that bear a person's name, whether they were imported or refused. */
export async function picturesOfName(
  folder: string,
  name: string,
  signal: AbortSignal,
): Promise<NamedPicture[]> {
  const root = await realpath(folder).catch(() => folder);
  const wanted = nameKey(name);
  const pictures: NamedPicture[] = [];
  for (const { path, fullPath } of (await listDataset(root, signal)).files) {
    if (keyOfPicture(path) !== wanted) continue;
    const contentSha256 = await sha256OfFile(fullPath, signal).catch(() => undefined);
    pictures.push({ root, path, fullPath, ...(contentSha256 === undefined ? {} : { contentSha256 }) });
  }
  return pictures;
}

function keyOfPicture(path: string): string | undefined {
  try {
    return nameKey(nameOfPicture(path));
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
