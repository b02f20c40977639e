import type { Box } from '../../../hal/contract/face-models.ts';
import { type Rate, rateOf, rateWhere } from '../../decide/rate.ts';
import { overlap } from '../../models/suppress.ts';
import type { Labels } from './labels.ts';

/** From this overlap on (intersection over union) a box is that of a labelled face. */
export const leastOverlap = 0.5;

/** Which of the found boxes lie on labelled faces, and which labelled faces have none. */
export interface Matched {
  readonly hits: ReadonlySet<Box>;
  readonly missed: readonly Box[];
}

/** Pairs the boxes that overlap most, each once. */
export function matchBoxes(found: readonly Box[], labelled: readonly Box[]): Matched {
  const pairs = found
    .flatMap((box) => labelled.map((label) => ({ box, label, iou: overlap(box, label) })))
    .filter(({ iou }) => iou >= leastOverlap)
    .sort((a, b) => b.iou - a.iou);
  const hits = new Set<Box>();
  const taken = new Set<Box>();
  for (const { box, label } of pairs) {
    if (hits.has(box) || taken.has(label)) continue;
    hits.add(box);
    taken.add(label);
  }
  return { hits, missed: labelled.filter((label) => !taken.has(label)) };
}

/** A picture that was looked at. */
export interface Look {
  /** Its path in the folder. */
  readonly file: string;
  readonly boxes: readonly Box[];
  /** From the pixels of the label to those that were looked at. */
  readonly labelScale: number;
}

/** How a detector's boxes compare with the labels. */
export interface DetectorScore {
  readonly found: number;
  /** Null without labels of this kind. */
  readonly counted: {
    readonly labelled: number;
    /** Pictures with as many boxes as faces. */
    readonly rightCount: Rate;
    /** Faces more than boxes, summed over pictures; and boxes more than faces. A wrong box hides a missed face. */
    readonly tooFew: number;
    readonly tooMany: number;
  } | null;
  readonly boxed: { readonly precision: Rate; readonly recall: Rate } | null;
}

/** Compares the looks at labelled pictures with their labels; of all looks the boxes are counted. */
export function scoreLooks(looks: readonly Look[], labels: Labels | undefined): DetectorScore {
  const found = looks.reduce((sum, { boxes }) => sum + boxes.length, 0);
  if (labels === undefined) return { found, counted: null, boxed: null };
  const counts = looks.flatMap(({ file, boxes }) => {
    const label = labels.byFile.get(file);
    if (label === undefined) return [];
    return [{ found: boxes.length, labelled: typeof label === 'number' ? label : label.length }];
  });
  const sum = (value: (count: (typeof counts)[number]) => number) =>
    counts.reduce((total, count) => total + value(count), 0);
  const counted = {
    labelled: sum(({ labelled }) => labelled),
    rightCount: rateWhere(counts, (count) => count.found === count.labelled),
    tooFew: sum((count) => Math.max(0, count.labelled - count.found)),
    tooMany: sum((count) => Math.max(0, count.found - count.labelled)),
  };
  return { found, counted, boxed: labels.kind === 'boxes' ? boxedScore(looks, labels) : null };
}

function boxedScore(looks: readonly Look[], labels: Extract<Labels, { kind: 'boxes' }>) {
  let found = 0;
  let labelled = 0;
  let hits = 0;
  for (const look of looks) {
    const boxes = labelledBoxes(look, labels);
    if (boxes === undefined) continue;
    found += look.boxes.length;
    labelled += boxes.length;
    hits += matchBoxes(look.boxes, boxes).hits.size;
  }
  return { precision: rateOf(hits, found), recall: rateOf(hits, labelled) };
}

/** The labelled boxes in the pixels that were looked at; undefined where there are none to compare with. */
export function labelledBoxes({ file, labelScale }: Look, labels: Labels | undefined): Box[] | undefined {
  if (labels?.kind !== 'boxes') return undefined;
  return labels.byFile.get(file)?.map(({ x, y, width, height }) => ({
    x: x * labelScale,
    y: y * labelScale,
    width: width * labelScale,
    height: height * labelScale,
  }));
}
