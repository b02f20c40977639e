/** A picture's look in 128 bits: copies of it that were resized, compressed or brightened have nearly the same. */
export type Fingerprint = Uint32Array;

const side = 8;
/** A point on a side is compared with its neighbour, so there is one more of them. */
const points = side + 1;

/**
 * Which of two neighbouring ninths of the picture is lighter, across and down: the difference hash in both directions
 * (N. Krawetz, "Kind of like that", hackerfactor.com, 2013). RGB, row by row, of at least 9 x 9 px; smaller pictures
 * are read as if each pixel were larger.
 */
export function fingerprint(rgb: Uint8Array, widthPx: number, heightPx: number): Fingerprint {
  const means = new Float64Array(points * points);
  for (let row = 0; row < points; row++) {
    for (let column = 0; column < points; column++) {
      means[row * points + column] = meanGreen(rgb, widthPx, heightPx, row, column);
    }
  }
  const bits = new Uint32Array(4);
  let bit = 0;
  const mark = (lighter: boolean) => {
    if (lighter) bits[bit >> 5]! |= 1 << (bit & 31);
    bit++;
  };
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const here = row * points + column;
      mark(means[here + 1]! > means[here]!);
      mark(means[here + points]! > means[here]!);
    }
  }
  return bits;
}

/** Green carries most of the lightness. */
function meanGreen(rgb: Uint8Array, widthPx: number, heightPx: number, row: number, column: number): number {
  const top = Math.floor((row * heightPx) / points);
  const bottom = Math.max(top + 1, Math.floor(((row + 1) * heightPx) / points));
  const left = Math.floor((column * widthPx) / points);
  const right = Math.max(left + 1, Math.floor(((column + 1) * widthPx) / points));
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) sum += rgb[(y * widthPx + x) * 3 + 1]!;
  }
  return sum / ((bottom - top) * (right - left));
}

/** In how many of the 128 bits they differ. */
export function bitsBetween(a: Fingerprint, b: Fingerprint): number {
  let count = 0;
  for (let i = 0; i < 4; i++) {
    let bits = a[i]! ^ b[i]!;
    bits -= (bits >>> 1) & 0x55555555;
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
