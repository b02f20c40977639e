/**
 * The warp of one chip against the same written plainly (test/vision/plain-warp.ts), in one run: `bun bench/warp.ts`.
 */
import type { Affine } from '../src/vision/align.ts';
import { warpChip } from '../src/vision/warp.ts';
import { plainWarp } from '../test/vision/plain-warp.ts';
import { type Figure, finish, rounded } from './support/report.ts';
import { medianMs } from './support/statistics.ts';

const widthPx = 640;
const heightPx = 480;
const sizePx = 150;
// In shared memory, as the frames of a camera are.
const rgb = new Uint8Array(new SharedArrayBuffer(widthPx * heightPx * 3));
for (let i = 0; i < rgb.length; i++) rgb[i] = (i * 31 + (i >> 9)) % 256;

const faces: Record<string, Affine> = {
  'far face, scale 0.7': { xx: 0.69, xy: -0.1, tx: 260, yx: 0.1, yy: 0.69, ty: 190 },
  'face at 0.7 m, scale 1.2': { xx: 1.19, xy: -0.12, tx: 200, yx: 0.12, yy: 1.19, ty: 130 },
  'near face, scale 2': { xx: 1.98, xy: -0.2, tx: 170, yx: 0.2, yy: 1.98, ty: 80 },
  'cut off by the edge, scale 1.2': { xx: 1.19, xy: -0.12, tx: -60, yx: 0.12, yy: 1.19, ty: -40 },
};

const figures: Figure[] = [];
for (const [name, fit] of Object.entries(faces)) {
  const chip = new Uint8Array(sizePx * sizePx * 3);
  const fast = await medianMs(() => warpChip(rgb, widthPx, heightPx, fit, sizePx, chip));
  const plain = await medianMs(() => plainWarp(rgb, widthPx, heightPx, fit, sizePx));
  figures.push(
    { what: name, value: rounded(fast.median), unit: 'ms' },
    { what: `${name}: speed, of the plain one's`, value: rounded(plain.median / fast.median), unit: 'times' },
  );
}
finish({ bench: 'warp', peer: 'the same, written plainly', figures });
