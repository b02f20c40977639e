import type { Affine } from './align.ts';

const one = 65536; // 1 px in fixed point
// Weights keep 11 of the 16 fractional bits: 255 * 2^11 * 2^11 still fits into 31 bits.
const weightShift = 5;
const weightBits = 11;
const weightMask = 2047;
const weightsSum = 1 << (2 * weightBits);
// Sums keep 8 fractional bits, so that up to 2^15 samples of a pixel fit into 31 bits.
const toSum = 14;
const sumOne = 256;

/** The sums of one chip row, reused and grown: a warp is synchronous. */
let rowSums = new Int32Array(150 * 3);

/**
 * Cuts an aligned chip out of a picture: bilinear, black outside the picture. Where the chip is coarser than the
 * picture (scale above 1) each of its pixels is the mean of n x n samples, n = ceil(scale - 0.25), so that a near
 * face is not aliased.
 *
 * Positions are stepped in fixed point with 16 fractional bits. The samples of a row whose four neighbours all lie
 * inside the picture form one run, found once per row, so the inner loop has no test of bounds.
 *
 * @param rgb 8-bit RGB, row by row, `widthPx` x `heightPx`.
 * @param sizePx side of the chip, and `chip` receives its sizePx * sizePx * 3 bytes of RGB.
 */
export function warpChip(
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  { xx, xy, tx, yx, yy, ty }: Affine,
  sizePx: number,
  chip: Uint8Array = new Uint8Array(sizePx * sizePx * 3),
): Uint8Array {
  if (rowSums.length < sizePx * 3) rowSums = new Int32Array(sizePx * 3);
  const scale = Math.max(Math.hypot(xx, yx), Math.hypot(xy, yy));
  const n = scale > 1 ? Math.ceil(scale - 0.25) : 1;
  const stepU = Math.round((xx / n) * one);
  const stepV = Math.round((yx / n) * one);
  const firstOffset = 0.5 / n - 0.5; // of the first of n samples from the pixel's centre
  const toLevel = 1 / (sumOne * n * n);
  for (let row = 0; row < sizePx; row++) {
    rowSums.fill(0, 0, sizePx * 3);
    for (let sub = 0; sub < n; sub++) {
      const y = row + firstOffset + sub / n;
      const u0 = Math.round((tx + xx * firstOffset + xy * y) * one);
      const v0 = Math.round((ty + yx * firstOffset + yy * y) * one);
      addRow(rgb, widthPx, heightPx, u0, stepU, v0, stepV, sizePx, n);
    }
    const out = row * sizePx * 3;
    for (let i = 0; i < sizePx * 3; i++) chip[out + i] = (rowSums[i]! * toLevel + 0.5) | 0;
  }
  return chip;
}

/** The chip seen in a mirror: every row reversed. */
export function mirrorChip(chip: Uint8Array, sizePx: number, mirrored: Uint8Array): void {
  const rowBytes = sizePx * 3;
  for (let row = 0; row < sizePx; row++) {
    let from = row * rowBytes;
    let to = from + rowBytes - 3;
    for (let x = 0; x < sizePx; x++, from += 3, to -= 3) {
      mirrored[to] = chip[from]!;
      mirrored[to + 1] = chip[from + 1]!;
      mirrored[to + 2] = chip[from + 2]!;
    }
  }
}

/** Adds one line of samples to `rowSums`, `n` of them to each of its `sizePx` pixels. */
function addRow(
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  u0: number,
  stepU: number,
  v0: number,
  stepV: number,
  sizePx: number,
  n: number,
): void {
  const samples = sizePx * n;
  const alongU = insideRun(u0, stepU, widthPx, samples);
  const alongV = insideRun(v0, stepV, heightPx, samples);
  // The run in whole pixels: all samples of pixels `first` to `end` lie inside.
  const first = Math.min(sizePx, Math.ceil(Math.max(alongU.first, alongV.first) / n));
  const end = Math.max(first, Math.floor(Math.min(alongU.end, alongV.end) / n));
  for (let i = 0; i < first * n; i++) {
    addAtEdge(rgb, widthPx, heightPx, u0 + i * stepU, v0 + i * stepV, Math.floor(i / n) * 3);
  }
  const stride = widthPx * 3;
  let u = u0 + first * n * stepU;
  let v = v0 + first * n * stepV;
  for (let out = first * 3; out < end * 3; out += 3) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let sample = 0; sample < n; sample++) {
      const wx = (u >> weightShift) & weightMask;
      const wy = (v >> weightShift) & weightMask;
      // Math.imul and | 0: without them each product is checked for leaving 32 bits, a quarter of the time.
      const se = Math.imul(wx, wy);
      const ne = (wx << weightBits) - se;
      const sw = (wy << weightBits) - se;
      const nw = weightsSum - ne - sw - se;
      const p = (Math.imul(v >> 16, stride) + Math.imul(u >> 16, 3)) | 0;
      const q = p + stride;
      red +=
        (Math.imul(rgb[p]!, nw) +
          Math.imul(rgb[p + 3]!, ne) +
          Math.imul(rgb[q]!, sw) +
          Math.imul(rgb[q + 3]!, se)) >>
        toSum;
      green +=
        (Math.imul(rgb[p + 1]!, nw) +
          Math.imul(rgb[p + 4]!, ne) +
          Math.imul(rgb[q + 1]!, sw) +
          Math.imul(rgb[q + 4]!, se)) >>
        toSum;
      blue +=
        (Math.imul(rgb[p + 2]!, nw) +
          Math.imul(rgb[p + 5]!, ne) +
          Math.imul(rgb[q + 2]!, sw) +
          Math.imul(rgb[q + 5]!, se)) >>
        toSum;
      u = (u + stepU) | 0;
      v = (v + stepV) | 0;
    }
    rowSums[out]! += red;
    rowSums[out + 1]! += green;
    rowSums[out + 2]! += blue;
  }
  for (let i = end * n; i < samples; i++) {
    addAtEdge(rgb, widthPx, heightPx, u0 + i * stepU, v0 + i * stepV, Math.floor(i / n) * 3);
  }
}

/** The samples `first <= i < end` with 0 <= start + i * step < size - 1 px, which have both neighbours. */
function insideRun(
  start: number,
  step: number,
  sizePx: number,
  samples: number,
): { first: number; end: number } {
  const limit = (sizePx - 1) * one - 1;
  if (step === 0) return start >= 0 && start <= limit ? { first: 0, end: samples } : { first: 0, end: 0 };
  const atZero = -start / step;
  const atLimit = (limit - start) / step;
  return {
    first: Math.max(0, Math.ceil(Math.min(atZero, atLimit))),
    end: Math.min(samples, Math.floor(Math.max(atZero, atLimit)) + 1),
  };
}

/** One sample near or beyond the picture's edge, where a missing neighbour is black. */
function addAtEdge(
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  u: number,
  v: number,
  out: number,
): void {
  const x = Math.floor(u / one);
  const y = Math.floor(v / one);
  if (x < -1 || y < -1 || x >= widthPx || y >= heightPx) return;
  const wx = u / one - x;
  const wy = v / one - y;
  for (let channel = 0; channel < 3; channel++) {
    let level = 0;
    for (let dy = 0; dy < 2; dy++) {
      for (let dx = 0; dx < 2; dx++) {
        if (x + dx < 0 || x + dx >= widthPx || y + dy < 0 || y + dy >= heightPx) continue;
        const weight = (dx === 0 ? 1 - wx : wx) * (dy === 0 ? 1 - wy : wy);
        level += rgb[((y + dy) * widthPx + x + dx) * 3 + channel]! * weight;
      }
    }
    rowSums[out + channel]! += Math.round(level * sumOne);
  }
}
