import { basename, extname } from 'node:path';
import type { Box } from '../../../hal/contract/face-models.ts';
import { decodePicture, defaultDecodeLimits } from '../../../hal/linux/picture.ts';
import type { Labels } from './labels.ts';
import { type ListedPicture, lookAt } from './measure.ts';
import type { DetectorRun, Looked } from './run-detector.ts';
import { labelledBoxes } from './score.ts';
import { sheetOf } from './sheet.ts';

export interface DrawnSheets {
  /** JPEG files by their names. */
  readonly sheets: ReadonlyMap<string, Uint8Array>;
  /** Their names, by the path of the picture. */
  readonly names: ReadonlyMap<string, string>;
}

/** Draws every picture with what each detector found in it; one that none could look at is left out. */
export async function drawSheets(
  pictures: readonly ListedPicture[],
  detectors: readonly { readonly title: string; readonly run: DetectorRun }[],
  labels: Labels | undefined,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<DrawnSheets> {
  const sheets = new Map<string, Uint8Array>();
  const names = new Map<string, string>();
  for (const [index, picture] of pictures.entries()) {
    progress(index, pictures.length);
    const looks = detectors.flatMap(({ title, run }) => {
      const looked = run.looks[index];
      return looked?.kind === 'looked' ? [{ title, looked }] : [];
    });
    const sheet = await drawSheet(picture, looks, labels, signal);
    if (sheet === undefined) continue;
    const name = sheetName(picture, index);
    sheets.set(name, sheet);
    names.set(picture.path, name);
  }
  return { sheets, names };
}

/** The number keeps apart what has the same name in two folders. */
function sheetName({ file }: ListedPicture, index: number): string {
  const words =
    basename(file, extname(file))
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return `${[String(index + 1).padStart(3, '0'), ...words].join('-')}.jpg`;
}

const panelPx = 520;

async function drawSheet(
  picture: ListedPicture,
  looks: readonly { readonly title: string; readonly looked: Looked }[],
  labels: Labels | undefined,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const [first] = looks;
  if (first === undefined) return undefined;
  const limits = { ...defaultDecodeLimits, maxWidthPx: panelPx, maxHeightPx: panelPx };
  const small = await decodePicture(picture.path, limits, signal);
  const scale = small.widthPx / first.looked.widthPx;
  const labelled = labelledBoxes(lookAt(picture.file, first.looked), labels);
  const count = labels?.byFile.get(picture.file);
  const faces = typeof count === 'number' ? count : count?.length;
  return await sheetOf(
    small,
    looks.map(({ title, looked }) => ({
      caption: `${title}: ${looked.faces.length}${faces === undefined ? '' : ` for ${faces} faces`}`,
      boxes: looked.faces.map(({ box }) => scaled(box, scale)),
    })),
    labelled?.map((box) => scaled(box, scale)),
  );
}

function scaled({ x, y, width, height }: Box, scale: number): Box {
  return { x: x * scale, y: y * scale, width: width * scale, height: height * scale };
}
