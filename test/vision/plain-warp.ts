import type { Affine } from '../../src/vision/align.ts';

/**
 * The warp as one would write it down: floating point, each of four neighbours looked up with its bounds checked.
 * What the fast one is compared with, in result and in time.
 */
export function plainWarp(
  rgb: Uint8Array,
  widthPx: number,
  heightPx: number,
  { xx, xy, tx, yx, yy, ty }: Affine,
  sizePx: number,
): Uint8Array {
  const chip = new Uint8Array(sizePx * sizePx * 3);
  const scale = Math.max(Math.hypot(xx, yx), Math.hypot(xy, yy));
  const n = scale > 1 ? Math.ceil(scale - 0.25) : 1;
  const level = (x: number, y: number, channel: number) =>
    x < 0 || y < 0 || x >= widthPx || y >= heightPx ? 0 : rgb[(y * widthPx + x) * 3 + channel]!;
  for (let row = 0; row < sizePx; row++) {
    for (let column = 0; column < sizePx; column++) {
      const sums: [number, number, number] = [0, 0, 0];
      for (let sub = 0; sub < n * n; sub++) {
        const u = column + ((sub % n) + 0.5) / n - 0.5;
        const v = row + (Math.floor(sub / n) + 0.5) / n - 0.5;
        const px = xx * u + xy * v + tx;
        const py = yx * u + yy * v + ty;
        const x = Math.floor(px);
        const y = Math.floor(py);
        const wx = px - x;
        const wy = py - y;
        for (const channel of [0, 1, 2] as const) {
          const top = level(x, y, channel) * (1 - wx) + level(x + 1, y, channel) * wx;
          const bottom = level(x, y + 1, channel) * (1 - wx) + level(x + 1, y + 1, channel) * wx;
          sums[channel] += top * (1 - wy) + bottom * wy;
        }
      }
      for (const channel of [0, 1, 2] as const) {
        chip[(row * sizePx + column) * 3 + channel] = Math.round(sums[channel] / (n * n));
      }
    }
  }
  return chip;
}
