import type { FrameRef } from '../../hal/contract/camera.ts';
import type { Glance, PictureState, PictureWatch } from '../../hal/contract/picture-watch.ts';

/** One sample a cell of this many pixels a side: the head of somebody too far to be recognised covers thirty. */
const cellPx = 8;
/** A sample is the sum of four pixels' r + 2 g + b: so many to a grey level. */
const perLevel = 16;
/** A cell that differs by fewer grey levels is noise, however quiet the rest is. */
const leastDifference = 8 * perLevel;
/** A changed cell differs by so many times what the middle cell differs between two frames (four deviations). */
const noiseFactor = 6;
/** So many changed cells are a change: a third of a far head, more than noise gives in years. */
const leastCells = 10;
/** Black: all but one cell in two hundred are under this grey level. */
const blackBelow = 16 * perLevel;
const blackShare = 0.995;
/** Flat: the standard deviation of a covered lens or of glare, in grey levels; the dullest room shows more. */
const flatBelow = 2 * perLevel;
/** Garbled: neighbouring pixels differ by so many grey levels, and nearly as much as pixels a cell apart. */
const garbledDifference = 24 * 4;
const garbledShare = 0.8;

/** The glance over real pixels: a tenth of a millisecond for 640 x 480. */
export class PixelWatch implements PictureWatch {
  readonly #pixels: (frame: FrameRef) => Uint8Array;
  #widthPx = 0;
  #heightPx = 0;
  #now = new Uint16Array(0);
  #before = new Uint16Array(0);
  #differences = new Int16Array(0);
  #settled: Uint16Array | undefined;

  /** `pixels` gives a frame's RGB bytes, as `FrameRing.pixels` does. */
  constructor(pixels: (frame: FrameRef) => Uint8Array) {
    this.#pixels = pixels;
  }

  glance(frame: FrameRef): Glance {
    const { widthPx, heightPx } = frame;
    const comparable = this.#widthPx === widthPx && this.#heightPx === heightPx;
    if (!comparable) this.#resize(widthPx, heightPx);
    const spare = this.#before;
    this.#before = this.#now;
    this.#now = spare;
    const garbled = sampleCells(this.#pixels(frame), widthPx, heightPx, this.#now);
    const noise = comparable ? this.#middleDifference() : 0;
    return {
      state: garbled ? 'garbled' : lightState(this.#now),
      changed: this.#settled === undefined || countChanged(this.#now, this.#settled, noise) >= leastCells,
      identical: comparable && this.#now.every((level, cell) => level === this.#before[cell]),
    };
  }

  settle(): void {
    this.#settled = this.#now.slice();
  }

  #resize(widthPx: number, heightPx: number): void {
    const cells = Math.floor(widthPx / cellPx) * Math.floor(heightPx / cellPx);
    this.#widthPx = widthPx;
    this.#heightPx = heightPx;
    this.#now = new Uint16Array(cells);
    this.#before = new Uint16Array(cells);
    this.#differences = new Int16Array(Math.ceil(cells / noiseStep));
    this.#settled = undefined;
  }

  /** The median difference from the frame before, over every fifth cell: noise, because most of a picture rests. */
  #middleDifference(): number {
    const differences = this.#differences;
    for (let i = 0; i < differences.length; i++) {
      const cell = i * noiseStep;
      differences[i] = Math.abs(this.#now[cell]! - this.#before[cell]!);
    }
    return differences.sort()[differences.length >> 1] ?? 0;
  }
}

const noiseStep = 5;

/** Samples two by two neighbours in the middle of each cell. Returns whether the pixels make no picture. */
function sampleCells(rgb: Uint8Array, widthPx: number, heightPx: number, cells: Uint16Array): boolean {
  const columns = Math.floor(widthPx / cellPx);
  const rows = Math.floor(heightPx / cellPx);
  const stride = widthPx * 3;
  let cell = 0;
  let near = 0; // differences of neighbouring pixels
  let far = 0; // differences of pixels a cell apart
  for (let row = 0; row < rows; row++) {
    let p = (row * cellPx + cellPx / 2) * stride + (cellPx / 2) * 3;
    let previous = -1;
    for (let column = 0; column < columns; column++, p += cellPx * 3, cell++) {
      const q = p + stride;
      const topLeft = rgb[p]! + 2 * rgb[p + 1]! + rgb[p + 2]!;
      const topRight = rgb[p + 3]! + 2 * rgb[p + 4]! + rgb[p + 5]!;
      const bottomLeft = rgb[q]! + 2 * rgb[q + 1]! + rgb[q + 2]!;
      const bottomRight = rgb[q + 3]! + 2 * rgb[q + 4]! + rgb[q + 5]!;
      cells[cell] = topLeft + topRight + bottomLeft + bottomRight;
      if (previous >= 0) {
        near += Math.abs(topLeft - topRight);
        far += Math.abs(topLeft - previous);
      }
      previous = topLeft;
    }
  }
  const pairs = Math.max(1, rows * (columns - 1));
  return near / pairs > garbledDifference && near > garbledShare * far;
}

function lightState(cells: Uint16Array): PictureState {
  let dark = 0;
  let sum = 0;
  let squares = 0;
  for (const level of cells) {
    if (level < blackBelow) dark++;
    sum += level;
    squares += level * level;
  }
  const n = cells.length;
  if (n === 0) return 'good';
  if (dark >= blackShare * n) return 'black';
  const variance = squares / n - (sum / n) ** 2;
  return variance < flatBelow * flatBelow ? 'flat' : 'good';
}

/** Cells that differ from the settled picture, after all of it is brought to the same light. */
function countChanged(now: Uint16Array, settled: Uint16Array, noise: number): number {
  let sumNow = 0;
  let sumSettled = 0;
  for (let cell = 0; cell < now.length; cell++) {
    sumNow += now[cell]!;
    sumSettled += settled[cell]!;
  }
  const gain = sumSettled === 0 ? 1 : sumNow / sumSettled;
  const limit = Math.max(leastDifference, noiseFactor * noise);
  let changed = 0;
  for (let cell = 0; cell < now.length; cell++) {
    if (Math.abs(now[cell]! - gain * settled[cell]!) > limit) changed++;
  }
  return changed;
}
