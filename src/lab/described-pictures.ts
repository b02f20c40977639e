import { describe as describeError } from '../people/dataset.ts';
import { sha256OfFile } from '../people/import.ts';
import { InputError } from '../runtime/input-error.ts';
import { readPicture } from '../runtime/picture-input.ts';
import type { DescribedPictureFace } from '../vision/worker-face-models.ts';
import type { FaceDescriber } from './cache/remembered-faces.ts';
import { nearestFace } from './faces.ts';
import { type Fingerprint, fingerprint } from './fingerprint.ts';

/** What the networks see in a picture. */
export interface DescribedPicture {
  readonly fingerprint: Fingerprint;
  readonly faces: number;
  /** The face that is nearest to the picture's middle. */
  readonly middle: DescribedPictureFace | undefined;
}

/** A picture that cannot be looked at, and why, in words. */
export interface UnreadablePicture {
  readonly problem: string;
}

/** What became of each picture, by its path, and each content once. */
export interface DescribedPictures {
  readonly bySha256: ReadonlyMap<string, DescribedPicture>;
  readonly sha256Of: ReadonlyMap<string, string>;
  readonly problems: ReadonlyMap<string, string>;
}

/**
 * Looks at every picture once, however many names its content has, in as many threads as there are describers. A file
 * that cannot be read is among the problems. Rejects with HalError when the networks fail, with the signal's reason on
 * abort.
 */
export async function describePictures(
  paths: readonly string[],
  describers: readonly FaceDescriber[],
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<DescribedPictures> {
  const sha256Of = new Map<string, string>();
  const problems = new Map<string, string>();
  const pathOf = new Map<string, string>();
  for (const path of new Set(paths)) {
    try {
      const sha256 = await sha256OfFile(path, signal);
      sha256Of.set(path, sha256);
      if (!pathOf.has(sha256)) pathOf.set(sha256, path);
    } catch (error) {
      signal.throwIfAborted();
      problems.set(path, `${path}: ${describeError(error)}`);
    }
  }
  const bySha256 = new Map<string, DescribedPicture>();
  const waiting = [...pathOf].values();
  let done = 0;
  const lookThrough = async (describer: FaceDescriber) => {
    for (const [sha256, path] of waiting) {
      const described = await describe(path, describer, signal);
      if ('problem' in described) problems.set(path, described.problem);
      else bySha256.set(sha256, described);
      progress(++done, pathOf.size);
    }
  };
  await Promise.all(describers.map(lookThrough));
  for (const [path, sha256] of sha256Of) {
    const problem = problems.get(pathOf.get(sha256)!);
    if (problem !== undefined) problems.set(path, problem);
  }
  return { bySha256, sha256Of, problems };
}

async function describe(
  path: string,
  describer: FaceDescriber,
  signal: AbortSignal,
): Promise<DescribedPicture | UnreadablePicture> {
  try {
    const { pixels, widthPx, heightPx } = await readPicture(path, signal);
    const found = await describer.describe({ rgb: pixels, widthPx, heightPx }, signal);
    return {
      fingerprint: fingerprint(pixels, widthPx, heightPx),
      faces: found.length,
      middle: nearestFace(found, [widthPx / 2, heightPx / 2]),
    };
  } catch (error) {
    if (error instanceof InputError) return { problem: error.message };
    throw error;
  }
}
