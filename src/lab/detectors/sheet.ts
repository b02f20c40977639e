import sharp from 'sharp';
import type { Box } from '../../../hal/contract/face-models.ts';
import { type Annotation, annotate } from '../../vision/annotate.ts';
import type { Picture } from './picture-detector.ts';
import { matchBoxes } from './score.ts';

/** What a detector found in the picture of a sheet. */
export interface Panel {
  /** Stands over the picture. */
  readonly caption: string;
  readonly boxes: readonly Box[];
}

const gapPx = 8;
const captionPx = 26;
const mostColumns = 3;

/**
 * One picture as JPEG, once for each detector with its boxes: green where they lie on labelled faces and red where
 * they do not, grey for a labelled face without one; blue where nothing is labelled. Boxes are in pixels of the
 * picture, which should have the size of a panel already.
 */
export async function sheetOf(
  picture: Picture,
  panels: readonly Panel[],
  labelled: readonly Box[] | undefined,
): Promise<Uint8Array> {
  const { widthPx, heightPx, pixels: rgb } = picture;
  const columns = Math.min(mostColumns, panels.length);
  const rows = Math.ceil(panels.length / columns);
  const stepX = widthPx + gapPx;
  const stepY = heightPx + captionPx + gapPx;
  const drawn = await Promise.all(
    panels.map(async ({ caption, boxes }, index) => {
      const left = gapPx + (index % columns) * stepX;
      const top = gapPx + Math.floor(index / columns) * stepY;
      const annotations = annotationsOf(boxes, labelled);
      const jpeg = await annotate({ rgb, widthPx, heightPx }, annotations, { mirrored: false });
      return [
        { input: Buffer.from(captionSvg(caption, widthPx)), left, top },
        { input: Buffer.from(jpeg), left, top: top + captionPx },
      ];
    }),
  );
  return await sharp({
    create: {
      width: gapPx + columns * stepX,
      height: gapPx + rows * stepY,
      channels: 3,
      background: '#ffffff',
    },
  })
    .composite(drawn.flat())
    .jpeg({ quality: 80 })
    .toBuffer();
}

function annotationsOf(boxes: readonly Box[], labelled: readonly Box[] | undefined): Annotation[] {
  const plain = { landmarks: [], label: '' } as const;
  if (labelled === undefined) return boxes.map((box) => ({ ...plain, box, tone: 'plain' }));
  const { hits, missed } = matchBoxes(boxes, labelled);
  return [
    ...missed.map((box): Annotation => ({ ...plain, box, tone: 'refused' })),
    ...boxes.map((box): Annotation => ({ ...plain, box, tone: hits.has(box) ? 'known' : 'unknown' })),
  ];
}

function captionSvg(text: string, widthPx: number): string {
  const escaped = text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${captionPx}">` +
    `<rect width="100%" height="100%" fill="#ffffff"/>` +
    `<text x="2" y="18" font-size="15" fill="#202124" ` +
    `font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif">${escaped}</text></svg>`
  );
}
