import type { HogImage } from './image.ts';

const { fround } = Math;

const cellPx = 8;
const directions = 18;
/** Half of the signed directions: those a gradient has when its sign does not count. */
const unsigned = directions / 2;

/** Numbers for each cell: signed directions, unsigned directions, and the strength in four neighbourhoods. */
const featurePlanes = directions + unsigned + 4;

/** A window is so many cells wide and high. */
export const windowCells = 10;
/** Zeros around the map, so that a window may begin at every cell. */
const before = (windowCells - 2) / 2;
const after = windowCells / 2;

/** HOG features of one level of the pyramid with zeros around them: one plane after the other, row by row. */
export interface FeatureMap {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/**
 * The 31 features of each cell of 8x8 pixels (P. Felzenszwalb, R. Girshick, D. McAllester, D. Ramanan, "Object
 * Detection with Discriminatively Trained Part Based Models", PAMI 32, 2010, section 6.2), to the bit as dlib 20
 * computes them without fused multiply-add. Undefined for a picture of two cells or less across.
 */
export function hogFeatures(image: HogImage): FeatureMap | undefined {
  const cells = {
    rows: Math.floor(image.heightPx / cellPx + 0.5),
    columns: Math.floor(image.widthPx / cellPx + 0.5),
  };
  if (cells.rows <= 2 || cells.columns <= 2) return undefined;
  return normalised(histogramsOf(image, cells.rows, cells.columns));
}

/** The sums of the gradients of each cell by direction. A ring of cells around takes the votes that fall outside. */
interface Histograms {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

function histogramsOf(image: HogImage, rows: number, columns: number): Histograms {
  const { pixels, widthPx, heightPx, channels } = image;
  const stride = (columns + 2) * directions;
  const values = new Float32Array((rows + 2) * stride);
  const end = Math.min(cellPx * columns, widthPx) - 1;
  const bottom = Math.min(cellPx * rows, heightPx) - 1;
  // dlib takes eight columns at a time, and the few that are left over one by one in another order of operations.
  const blocksEnd = 1 + cellPx * Math.floor(Math.max(end - 1, 0) / cellPx);
  const gradients = channels === 1 ? greyGradients : rgbGradients;
  const row: GradientRow = { direction: new Uint8Array(widthPx), magnitude: new Float32Array(widthPx) };
  for (let y = 1; y < bottom; y++) {
    gradients(pixels, y * widthPx * channels, widthPx * channels, blocksEnd, end, row);
    const place = (y + 0.5) / cellPx - 0.5;
    const cell = Math.floor(place);
    vote(row, blocksEnd, end, place - cell, values, (cell + 1) * stride, stride);
  }
  return { rows, columns, values };
}

interface GradientRow {
  readonly direction: Uint8Array;
  readonly magnitude: Float32Array;
}

/** Direction and length of the gradient of each pixel of a row, of the channel in which it is longest. */
type Gradients = (
  pixels: Uint8Array,
  at: number,
  stride: number,
  blocksEnd: number,
  end: number,
  row: GradientRow,
) => void;

const greyGradients: Gradients = (pixels, at, stride, _blocksEnd, end, { direction, magnitude }) => {
  const table = gradientTable();
  for (let x = 1; x < end; x++) {
    const here = at + x;
    const gx = pixels[here + 1]! - pixels[here - 1]!;
    const gy = pixels[here + stride]! - pixels[here - stride]!;
    const entry = (gy + 255) * gradientValues + gx + 255;
    direction[x] = table.direction[entry]!;
    magnitude[x] = table.magnitude[entry]!;
  }
};

const rgbGradients: Gradients = (pixels, at, stride, blocksEnd, end, { direction, magnitude }) => {
  const table = gradientTable();
  for (let x = 1; x < end; x++) {
    const here = at + 3 * x;
    const redX = pixels[here + 3]! - pixels[here - 3]!;
    const redY = pixels[here + stride]! - pixels[here - stride]!;
    const greenX = pixels[here + 4]! - pixels[here - 2]!;
    const greenY = pixels[here + stride + 1]! - pixels[here - stride + 1]!;
    const blueX = pixels[here + 5]! - pixels[here - 1]!;
    const blueY = pixels[here + stride + 2]! - pixels[here - stride + 2]!;
    const red = redX * redX + redY * redY;
    const green = greenX * greenX + greenY * greenY;
    const blue = blueX * blueX + blueY * blueY;
    let gx = redX;
    let gy = redY;
    let energy = red;
    // Of equal channels dlib's blocks take the last, its left-over columns the first: scores differ by up to 0.03.
    const last = x < blocksEnd;
    if (last ? green >= energy : green > energy) {
      gx = greenX;
      gy = greenY;
      energy = green;
    }
    if (last ? blue >= energy : blue > energy) {
      gx = blueX;
      gy = blueY;
    }
    const entry = (gy + 255) * gradientValues + gx + 255;
    direction[x] = table.direction[entry]!;
    magnitude[x] = table.magnitude[entry]!;
  }
};

/** Each pixel of a row votes for its direction in the four cells around it, the nearer the more. */
function vote(
  { direction, magnitude }: GradientRow,
  blocksEnd: number,
  end: number,
  down: number,
  values: Float32Array,
  top: number,
  stride: number,
): void {
  const up = 1 - down;
  for (let x = 1; x < end; x++) {
    const place = (x + 0.5) / cellPx - 0.5;
    const cell = Math.floor(place);
    const right = place - cell;
    const left = 1 - right;
    const length = magnitude[x]!;
    const at = top + (cell + 1) * directions + direction[x]!;
    const below = at + stride;
    if (x < blocksEnd) {
      const inLeft = fround(left * length);
      const inRight = fround(right * length);
      values[at] = values[at]! + fround(up * inLeft);
      values[below] = values[below]! + fround(down * inLeft);
      values[at + directions] = values[at + directions]! + fround(up * inRight);
      values[below + directions] = values[below + directions]! + fround(down * inRight);
    } else {
      values[at] = values[at]! + fround(fround(up * left) * length);
      values[below] = values[below]! + fround(fround(down * left) * length);
      values[at + directions] = values[at + directions]! + fround(fround(up * right) * length);
      values[below + directions] = values[below + directions]! + fround(fround(down * right) * length);
    }
  }
}

/** A difference of two grey levels, from -255 to 255. */
const gradientValues = 511;

interface GradientTable {
  readonly direction: Uint8Array;
  readonly magnitude: Float32Array;
}

let table: GradientTable | undefined;

/** Direction (0 to 17, of 20 degrees each) and length of every gradient there can be: at gy * 511 + gx, from -255. */
function gradientTable(): GradientTable {
  table ??= makeGradientTable();
  return table;
}

/** Unit vectors of the first nine directions, in dlib's four decimals. */
const unitX = Float32Array.of(1, 0.9397, 0.766, 0.5, 0.1736, -0.1736, -0.5, -0.766, -0.9397);
const unitY = Float32Array.of(0, 0.342, 0.6428, 0.866, 0.9848, 0.9848, 0.866, 0.6428, 0.342);

function makeGradientTable(): GradientTable {
  const direction = new Uint8Array(gradientValues ** 2);
  const magnitude = new Float32Array(gradientValues ** 2);
  for (let entry = 0; entry < direction.length; entry++) {
    const gx = (entry % gradientValues) - 255;
    const gy = Math.floor(entry / gradientValues) - 255;
    direction[entry] = directionOf(gx, gy);
    magnitude[entry] = Math.sqrt(gx * gx + gy * gy);
  }
  return { direction, magnitude };
}

function directionOf(gx: number, gy: number): number {
  let longest = 0;
  let best = 0;
  for (let i = 0; i < unsigned; i++) {
    const along = fround(fround(gx * unitX[i]!) + fround(gy * unitY[i]!));
    if (along > longest) {
      longest = along;
      best = i;
    } else if (-along > longest) {
      longest = -along;
      best = i + unsigned;
    }
  }
  return best;
}

function normalised(histograms: Histograms): FeatureMap {
  const rows = histograms.rows - 2 + before + after;
  const columns = histograms.columns - 2 + before + after;
  const values = new Float32Array(featurePlanes * rows * columns);
  const norms = blockNorms(histograms);
  for (let row = 1; row < histograms.rows - 1; row++) {
    const at = (row - 1 + before) * columns + before;
    normaliseRow(histograms, norms, row, values, at, rows * columns);
  }
  return { rows, columns, values };
}

/** What a cell is divided by in each block of two by two cells, and at most so much of it counts. */
interface BlockNorms {
  readonly limit: Float32Array;
  readonly factor: Float32Array;
}

/** By the block's top left cell, row by row. */
function blockNorms({ rows, columns, values }: Histograms): BlockNorms {
  const energies = new Float32Array(rows * columns);
  for (let cell = 0; cell < energies.length; cell++) {
    const row = Math.floor(cell / columns);
    energies[cell] = energyOf(values, histogramAt(row, cell - row * columns, columns));
  }
  const limit = new Float32Array(energies.length);
  const factor = new Float32Array(energies.length);
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const upper = fround(energies[at]! + energies[at + 1]!);
      const three = fround(upper + energies[at + columns]!);
      const energy = fround(fround(three + energies[at + columns + 1]!) + fround(0.0001));
      limit[at] = fround(0.2) * fround(Math.sqrt(energy));
      factor[at] = fround(0.1) / limit[at]!;
    }
  }
  return { limit, factor };
}

/** Where a cell's histogram begins. */
function histogramAt(row: number, column: number, columns: number): number {
  return ((row + 1) * (columns + 2) + column + 1) * directions;
}

function energyOf(values: Float32Array, at: number): number {
  let energy = 0;
  for (let i = 0; i < unsigned; i++) {
    const both = fround(values[at + i]! + values[at + i + unsigned]!);
    energy = fround(energy + fround(both * both));
  }
  return energy;
}

/** The features of a row of cells, written from `at` on; `plane` is the size of a plane. */
function normaliseRow(
  { columns, values }: Histograms,
  { limit, factor }: BlockNorms,
  row: number,
  to: Float32Array,
  at: number,
  plane: number,
): void {
  for (let column = 1; column < columns - 1; column++) {
    const cell = row * columns + column;
    // The four blocks that the cell is a part of, in dlib's order.
    const z0 = limit[cell]!;
    const z1 = limit[cell - columns]!;
    const z2 = limit[cell - 1]!;
    const z3 = limit[cell - columns - 1]!;
    const n0 = factor[cell]!;
    const n1 = factor[cell - columns]!;
    const n2 = factor[cell - 1]!;
    const n3 = factor[cell - columns - 1]!;
    const from = histogramAt(row, column, columns);
    let target = at + column - 1;
    let t0 = 0;
    let t1 = 0;
    let t2 = 0;
    let t3 = 0;
    // Three directions at a time: the strength of a neighbourhood is summed up in threes.
    for (let i = 0; i < directions; i += 3) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = i; j < i + 3; j++) {
        const h = values[from + j]!;
        const q0 = fround(Math.min(h, z0) * n0);
        const q1 = fround(Math.min(h, z1) * n1);
        const q2 = fround(Math.min(h, z2) * n2);
        const q3 = fround(Math.min(h, z3) * n3);
        to[target] = fround(q0 + q1) + fround(q2 + q3);
        target += plane;
        s0 = fround(s0 + q0);
        s1 = fround(s1 + q1);
        s2 = fround(s2 + q2);
        s3 = fround(s3 + q3);
      }
      t0 = fround(t0 + s0);
      t1 = fround(t1 + s1);
      t2 = fround(t2 + s2);
      t3 = fround(t3 + s3);
    }
    for (let i = 0; i < unsigned; i++) {
      const h = fround(values[from + i]! + values[from + i + unsigned]!);
      const q0 = fround(Math.min(h, z0) * n0);
      const q1 = fround(Math.min(h, z1) * n1);
      const q2 = fround(Math.min(h, z2) * n2);
      const q3 = fround(Math.min(h, z3) * n3);
      to[target] = fround(q0 + q1) + fround(q2 + q3);
      target += plane;
    }
    const scale = fround(0.4714);
    to[target] = t0 * scale;
    to[target + plane] = t1 * scale;
    to[target + 2 * plane] = t2 * scale;
    to[target + 3 * plane] = t3 * scale;
  }
}
