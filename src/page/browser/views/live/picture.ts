import type { PictureFacts, ShownFace } from '../../../protocol.ts';
import { byId, setText } from '../../dom.ts';
import { words } from '../../texts/language.ts';
import { decisionText } from '../../texts/sentences.ts';
import { FaceScales } from './face-scales.ts';

type NameOf = (subjectId: string) => string;

/** Line widths and letters are for a picture of this width; a wider one gets thicker ones. */
const usualWidthPx = 640;
/** Without a picture for this long, the last one is taken away: it must not pass for what is there now. */
const staleMs = 3_000;

/** The camera's picture with what the device makes of it: boxes, landmarks, who and why. */
export class Picture {
  readonly #nameOf: NameOf;
  readonly #canvas = byId('picture', 'canvas');
  readonly #status = byId('picture-status', 'p');
  readonly #scales: FaceScales;
  #stale: ReturnType<typeof setTimeout> | undefined;

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
    this.#scales = new FaceScales(nameOf);
    this.clear(words.picture.none);
  }

  draw(facts: PictureFacts, picture: ImageBitmap): void {
    const { widthPx, heightPx, mirrored, faces, limits } = facts;
    const canvas = this.#canvas;
    if (canvas.width !== widthPx || canvas.height !== heightPx) {
      canvas.width = widthPx;
      canvas.height = heightPx;
    }
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    pen.save();
    if (mirrored) {
      pen.translate(widthPx, 0);
      pen.scale(-1, 1);
    }
    pen.drawImage(picture, 0, 0, widthPx, heightPx);
    for (const face of faces) drawFace(pen, face, widthPx / usualWidthPx);
    pen.restore();
    // Letters are not mirrored.
    for (const face of faces) this.#label(pen, face, facts);
    this.#scales.show(faces, limits);
    canvas.ariaLabel = words.picture.label(faces.length);
    canvas.hidden = false;
    canvas.dataset.faces = String(faces.length);
    this.#status.hidden = true;
    clearTimeout(this.#stale);
    this.#stale = setTimeout(() => this.clear(words.picture.none), staleMs);
  }

  /** Takes the picture away, and says why. */
  clear(why: string): void {
    clearTimeout(this.#stale);
    this.#canvas.hidden = true;
    this.#status.hidden = false;
    setText(this.#status, why);
    this.#scales.show([], null);
  }

  #label(pen: CanvasRenderingContext2D, face: ShownFace, { widthPx, mirrored }: PictureFacts): void {
    const { box, trackId, subjectId, decision } = face;
    const scale = widthPx / usualWidthPx;
    const who = subjectId === null ? decisionText(decision) : this.#nameOf(subjectId);
    const text = `${trackId} · ${who}`;
    const high = 20 * scale;
    pen.font = `600 ${15 * scale}px system-ui, "Segoe UI", Roboto, sans-serif`;
    const wide = pen.measureText(text).width + 10 * scale;
    const left = mirrored ? widthPx - box.x - box.width : box.x;
    const x = Math.max(0, Math.min(widthPx - wide, left));
    const y = Math.max(0, box.y - high);
    pen.fillStyle = colourOf(decision);
    pen.fillRect(x, y, wide, high);
    pen.fillStyle = '#ffffff';
    pen.textBaseline = 'middle';
    pen.fillText(text, x + 5 * scale, y + high / 2);
  }
}

/** Dark enough for white letters, and told apart without their hue by the label. */
const colours = { known: '#1b7a2f', unknown: '#b3261e', other: '#5f6368' } as const;

function colourOf(decision: string): string {
  return decision === 'known' ? colours.known : decision === 'unknown' ? colours.unknown : colours.other;
}

function drawFace(
  pen: CanvasRenderingContext2D,
  { box, landmarks, decision }: ShownFace,
  scale: number,
): void {
  pen.strokeStyle = colourOf(decision);
  pen.lineWidth = 2.5 * scale;
  pen.strokeRect(box.x, box.y, box.width, box.height);
  pen.fillStyle = '#ffffff';
  const dot = 1.6 * scale;
  for (const [x, y] of landmarks) pen.fillRect(x - dot / 2, y - dot / 2, dot, dot);
}
