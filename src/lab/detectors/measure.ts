import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { HalError } from '../../../hal/contract/errors.ts';
import { listPictures } from '../../../hal/linux/picture.ts';
import { sha256OfFile } from '../../people/import.ts';
import { InputError } from '../../runtime/input-error.ts';
import type { ResultCache } from '../cache/result-cache.ts';
import type { NamedDetector } from './catalogue.ts';
import { fileKey, type Labels } from './labels.ts';
import { runRemembered } from './remembered-looks.ts';
import { DetectorError, type DetectorRun, type Looked } from './run-detector.ts';
import type { Look } from './score.ts';

/** A picture of the folder; several paths where the same file lies there again. */
export interface ListedPicture {
  readonly path: string;
  /** Its path in the folder. */
  readonly file: string;
  readonly sha256: string;
}

export interface PictureFolder {
  readonly pictures: readonly ListedPicture[];
  readonly remarks: readonly string[];
}

/**
 * The pictures of a folder, each once: what cannot be read, what lies there twice and what the labels name in vain
 * is said. Rejects with InputError where there is nothing to look at.
 */
export async function listLabPictures(
  folder: string,
  labels: Labels | undefined,
  signal: AbortSignal,
): Promise<PictureFolder> {
  const listed = await listPictures(folder, signal).catch((error) => {
    throw error instanceof HalError ? new InputError(`--input ${error.message}`, { cause: error }) : error;
  });
  const remarks = listed.problems.map(({ error }) => `Left out: ${error.message}`);
  const pictures: ListedPicture[] = [];
  const firstOf = new Map<string, string>();
  for (const path of listed.pictures) {
    const file = fileKey(relative(folder, path));
    const sha256 = await sha256OfFile(path, signal);
    const first = firstOf.get(sha256);
    if (first !== undefined) {
      remarks.push(`${file} is the same file as ${first}, and is looked at once`);
      continue;
    }
    firstOf.set(sha256, file);
    pictures.push({ path, file, sha256 });
  }
  if (pictures.length === 0) {
    throw new InputError(
      `--input ${folder}: there is no picture in this folder that can be read (JPEG, PNG, WebP, GIF, TIFF, AVIF)`,
    );
  }
  return { pictures, remarks: [...remarks, ...labelRemarks(pictures, labels)] };
}

function labelRemarks(pictures: readonly ListedPicture[], labels: Labels | undefined): string[] {
  if (labels === undefined) return [];
  const files = new Set(pictures.map(({ file }) => file));
  const unlabelled = [...files].filter((file) => !labels.byFile.has(file));
  const inVain = [...labels.byFile.keys()].filter((file) => !files.has(file));
  return [
    ...(unlabelled.length === 0 ? [] : [`Without a label, and so not scored: ${shortList(unlabelled)}`]),
    ...(inVain.length === 0 ? [] : [`Labelled, and not among the pictures: ${shortList(inVain)}`]),
  ];
}

/** Of a list in a sentence, so that a thousand files stay one. */
function shortList(files: readonly string[]): string {
  const shown = files.slice(0, 3).join(', ');
  return files.length > 3 ? `${shown} and ${files.length - 3} more` : shown;
}

/** What a detector did, or why it did nothing. */
export type MeasuredDetector = NamedDetector & ({ readonly run: DetectorRun } | { readonly problem: string });

/**
 * Looks at all pictures with all detectors, as many detectors at a time as there are processors. A detector that cannot
 * be used is part of the result. Looks that are in the cache are taken from it. `progress` is told of looks. Rejects with the signal's reason.
 */
export async function measureDetectors(
  detectors: readonly NamedDetector[],
  pictures: readonly ListedPicture[],
  cache: ResultCache | undefined,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<MeasuredDetector[]> {
  const done = detectors.map(() => 0);
  const measured: MeasuredDetector[] = [];
  const waiting = [...detectors.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, detector] = next;
      const advance = (looks: number) => {
        done[index] = looks;
        progress(
          done.reduce((sum, count) => sum + count, 0),
          pictures.length * detectors.length,
        );
      };
      measured[index] = await measureOne(detector, pictures, cache, advance, signal);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return measured;
}

async function measureOne(
  detector: NamedDetector,
  pictures: readonly ListedPicture[],
  cache: ResultCache | undefined,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<MeasuredDetector> {
  try {
    const run = await runRemembered(detector, pictures, cache, progress, signal);
    return { ...detector, run };
  } catch (error) {
    if (!(error instanceof DetectorError)) throw error;
    return { ...detector, problem: error.message };
  }
}

/** A look in the form in which it is compared with labels. */
export function lookAt(file: string, { faces, widthPx, originalWidthPx }: Looked): Look {
  return { file, boxes: faces.map(({ box }) => box), labelScale: widthPx / originalWidthPx };
}
