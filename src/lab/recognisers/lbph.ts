import { checkFaces, checkSize, type FaceRecogniser, type LabelledFaces } from './recogniser.ts';

/** OpenCV's defaults: eight neighbours one pixel away, eight by eight cells. */
const neighbours = 8;
const radiusPx = 1;
const cellsASide = 8;
const codes = 2 ** neighbours;

/**
 * Histograms of local binary patterns as OpenCV's face module has them (T. Ahonen, A. Hadid, M. Pietikäinen, "Face
 * description with local binary patterns", IEEE PAMI 28, 2006, 2037-2041), with its default radius, neighbours and
 * cells: the picture learnt from whose histograms are nearest. Throws TrainingError without a picture, RangeError
 * when the pictures are not square.
 */
export function trainLbph(training: LabelledFaces): FaceRecogniser {
  checkFaces(training);
  const { faces, labels } = training;
  const sidePx = Math.sqrt(faces[0]!.length);
  if (!Number.isInteger(sidePx)) throw new RangeError(`a face of ${faces[0]!.length} px is not square`);
  const known = faces.map((face) => cellHistograms(face, sidePx));
  return {
    sizeBytes: known.length * cellsASide ** 2 * codes * Uint16Array.BYTES_PER_ELEMENT,
    nearest(face) {
      checkSize(face, sidePx ** 2);
      const histograms = cellHistograms(face, sidePx);
      let least = Number.POSITIVE_INFINITY;
      let best = -1;
      for (let i = 0; i < known.length; i++) {
        const distance = chiSquare(known[i]!, histograms);
        if (distance >= least) continue;
        least = distance;
        best = i;
      }
      // Of shares of a cell's pixels, where counts were compared.
      return { label: labels[best]!, distance: least / cellSidePx(sidePx) ** 2 };
    },
  };
}

/** Pixels that are left over at the right and below belong to no cell. */
function cellSidePx(sidePx: number): number {
  return Math.floor((sidePx - 2 * radiusPx) / cellsASide);
}

/** How often each code occurs in each cell, one cell after the other, row by row. */
function cellHistograms(face: Uint8Array, sidePx: number): Uint16Array {
  const patterns = localBinaryPatterns(face, sidePx);
  const rowPx = sidePx - 2 * radiusPx;
  const cellPx = cellSidePx(sidePx);
  const histograms = new Uint16Array(cellsASide ** 2 * codes);
  for (let y = 0; y < cellPx * cellsASide; y++) {
    const cellRow = Math.floor(y / cellPx) * cellsASide;
    for (let x = 0; x < cellPx * cellsASide; x++) {
      histograms[(cellRow + Math.floor(x / cellPx)) * codes + patterns[y * rowPx + x]!]!++;
    }
  }
  return histograms;
}

/** 2 Σ (a - b)² / (a + b): what OpenCV calls the alternative chi-square. */
function chiSquare(a: Uint16Array, b: Uint16Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const together = a[i]! + b[i]!;
    if (together === 0) continue;
    const difference = a[i]! - b[i]!;
    sum += (difference * difference) / together;
  }
  return 2 * sum;
}

/** Where a neighbour's level is read: the pixels around it and their weights, in single precision as in OpenCV. */
interface Neighbour {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly weights: readonly [number, number, number, number];
}

/** From below, towards the left: the lowest bit first. */
const circle: readonly Neighbour[] = Array.from({ length: neighbours }, (_, n) => {
  const angle = (2 * Math.PI * n) / neighbours;
  const x = Math.fround(-radiusPx * Math.sin(angle));
  const y = Math.fround(radiusPx * Math.cos(angle));
  const left = Math.floor(x);
  const top = Math.floor(y);
  const tx = Math.fround(x - left);
  const ty = Math.fround(y - top);
  const restX = Math.fround(1 - tx);
  const restY = Math.fround(1 - ty);
  return {
    ...{ left, top, right: Math.ceil(x), bottom: Math.ceil(y) },
    weights: [
      Math.fround(restX * restY),
      Math.fround(tx * restY),
      Math.fround(restX * ty),
      Math.fround(tx * ty),
    ],
  };
});

/**
 * One code a pixel, without the outermost ones: a bit is set where the neighbour on the circle is at least as light
 * as the middle (T. Ojala, M. Pietikäinen, T. Mäenpää, IEEE PAMI 24, 2002, 971-987). The levels between pixels are
 * summed in single precision and ties decided as OpenCV does: on flat skin many are close.
 */
export function localBinaryPatterns(face: Uint8Array, sidePx: number): Uint8Array {
  const rowPx = sidePx - 2 * radiusPx;
  const levels = Float32Array.from(face);
  const patterns = new Uint8Array(rowPx * rowPx);
  for (let bit = 0; bit < neighbours; bit++) {
    for (let y = 0; y < rowPx; y++) markRow(levels, sidePx, y, circle[bit]!, 1 << bit, patterns);
  }
  return patterns;
}

function markRow(
  levels: Float32Array,
  sidePx: number,
  row: number,
  { left, top, right, bottom, weights }: Neighbour,
  mark: number,
  patterns: Uint8Array,
): void {
  const [nw, ne, sw, se] = weights;
  const rowPx = sidePx - 2 * radiusPx;
  const middle = (row + radiusPx) * sidePx + radiusPx;
  const above = middle + top * sidePx;
  const below = middle + bottom * sidePx;
  for (let x = 0; x < rowPx; x++) {
    const upper = Math.fround(
      Math.fround(nw * levels[above + left + x]!) + Math.fround(ne * levels[above + right + x]!),
    );
    const three = Math.fround(upper + Math.fround(sw * levels[below + left + x]!));
    const level = Math.fround(three + Math.fround(se * levels[below + right + x]!));
    // Equal within the precision of single floats at 1, which is OpenCV's rule for a tie.
    const over = Math.fround(level - levels[middle + x]!);
    if (over > 0 || Math.abs(over) < 2 ** -23) patterns[row * rowPx + x]! |= mark;
  }
}
