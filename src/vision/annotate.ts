import sharp from 'sharp';
import type { Box, Point } from '../../hal/contract/face-models.ts';

/** What the colour of a face says. */
export type AnnotationTone = 'known' | 'unknown' | 'unsure' | 'refused' | 'plain';

/** A face to draw: coordinates in pixels of the picture as it was looked at, never mirrored ones. */
export interface Annotation {
  readonly box: Box;
  readonly landmarks: readonly Point[];
  readonly label: string;
  readonly tone: AnnotationTone;
}

export interface AnnotatedPicture {
  /** RGB, row by row; may lie in shared memory. */
  readonly rgb: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Dark enough for white letters on them: a contrast of at least 4.5 to 1. */
const colours: Readonly<Record<AnnotationTone, string>> = {
  known: '#1b7a2f',
  unknown: '#b3261e',
  unsure: '#8a5a00',
  refused: '#5f6368',
  plain: '#1a5fb4',
};

/** A letter of the fixed-width font is this share of its size wide; a wide one (CJK, emoji) twice as much. */
const letterWidth = 0.602;

/**
 * The picture as JPEG with a box, the landmarks and a label for each face. `mirrored` turns the picture and what is
 * drawn over, as a mirror would, and leaves the letters readable. Labels need a font on the system.
 */
export async function annotate(
  picture: AnnotatedPicture,
  faces: readonly Annotation[],
  { mirrored }: { readonly mirrored: boolean },
): Promise<Uint8Array> {
  const { rgb, widthPx, heightPx } = picture;
  // The library takes no shared memory.
  const pixels = rgb.buffer instanceof SharedArrayBuffer ? rgb.slice() : rgb;
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  const overlay = Buffer.from(annotationSvg(picture, mirrored ? mirror(faces, widthPx) : faces));
  return await sharp(pixels, { raw, limitInputPixels: false })
    .flop(mirrored)
    .composite([{ input: overlay, limitInputPixels: false }])
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** Whether the system has a font to write labels with; without one they come out empty. */
export async function canDrawLabels(): Promise<boolean> {
  const svg = annotationSvg({ widthPx: 64, heightPx: 64 }, [
    { box: { x: 0, y: 40, width: 60, height: 20 }, landmarks: [], label: 'MMM', tone: 'plain' },
  ]);
  const { channels } = await sharp(Buffer.from(svg)).stats();
  // White letters are the only thing in it with a full red channel.
  return (channels[0]?.max ?? 0) > 200;
}

/** The drawing alone, as SVG of the picture's size. */
function annotationSvg(
  { widthPx, heightPx }: Pick<AnnotatedPicture, 'widthPx' | 'heightPx'>,
  faces: readonly Annotation[],
): string {
  const shown = Math.min(widthPx, heightPx);
  const line = Math.max(1, Math.round(shown / 240));
  const drawn = faces.map((face) => {
    const { box, landmarks, tone } = face;
    const colour = colours[tone];
    const points = landmarks
      .map(
        ([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${(0.7 + line / 2).toFixed(1)}"/>`,
      )
      .join('');
    return (
      `<rect x="${box.x.toFixed(1)}" y="${box.y.toFixed(1)}" width="${box.width.toFixed(1)}" ` +
      `height="${box.height.toFixed(1)}" fill="none" stroke="${colour}" stroke-width="${2 * line}"/>` +
      `<g fill="#fff" fill-opacity="0.8">${points}</g>`
    );
  });
  // Labels last, so that no other face's box crosses them.
  const labels = faces.map((face) => labelSvg(face, widthPx, heightPx));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}">` +
    `${drawn.join('')}${labels.join('')}</svg>`
  );
}

/** White on the face's colour, above its box where there is room, else below or inside; always in the picture. */
function labelSvg({ box, label, tone }: Annotation, widthPx: number, heightPx: number): string {
  if (label === '') return '';
  const columns = Bun.stringWidth(label) + 1;
  const readable = Math.min(widthPx, heightPx) / 32;
  // As wide as the face at most, but never too small to be read, and never wider than the picture.
  const wanted = Math.max(
    12,
    Math.min(2.5 * readable, Math.max(readable, box.width / (columns * letterWidth))),
  );
  const size = Math.max(4, Math.min(wanted, widthPx / (columns * letterWidth)));
  const width = columns * letterWidth * size;
  const height = 1.4 * size;
  const left = clamp(box.x, 0, widthPx - width);
  const above = box.y - height;
  const below = box.y + box.height;
  const top = clamp(above >= 0 ? above : below + height <= heightPx ? below : box.y, 0, heightPx - height);
  const x = left + (letterWidth * size) / 2;
  const y = top + size;
  return (
    `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" ` +
    `height="${height.toFixed(1)}" fill="${colours[tone]}"/>` +
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size.toFixed(1)}" fill="#fff" ` +
    `font-family="DejaVu Sans Mono, Liberation Mono, Menlo, monospace">${escapeXml(label)}</text>`
  );
}

function mirror(faces: readonly Annotation[], widthPx: number): Annotation[] {
  return faces.map((face) => ({
    ...face,
    box: { ...face.box, x: widthPx - face.box.x - face.box.width },
    landmarks: face.landmarks.map(([x, y]) => [widthPx - x, y] as const),
  }));
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
