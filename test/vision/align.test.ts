import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Point } from '../../hal/contract/face-models.ts';
import { type Affine, chipToPicture, fitSimilarity, standardAlignment } from '../../src/vision/align.ts';
import { warpChip } from '../../src/vision/warp.ts';
import { plainWarp } from './plain-warp.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const points = fc.array(fc.tuple(number(0, 150), number(0, 150)), { minLength: 3, maxLength: 40 });
const similarity = fc
  .record({ scale: number(0.1, 8), turn: number(-3, 3), tx: number(-500, 500), ty: number(-500, 500) })
  .map(({ scale, turn, tx, ty }): Affine => {
    const a = scale * Math.cos(turn);
    const b = scale * Math.sin(turn);
    return { xx: a, xy: -b, tx, yx: b, yy: a, ty };
  });

function apply({ xx, xy, tx, yx, yy, ty }: Affine, [x, y]: Point): Point {
  return [xx * x + xy * y + tx, yx * x + yy * y + ty];
}

function spread(list: readonly Point[]): number {
  const [first] = list;
  return Math.max(...list.map(([x, y]) => Math.hypot(x - first![0], y - first![1])));
}

describe('the alignment', () => {
  test('finds the rotation, scale and shift that points were moved by', () => {
    fc.assert(
      fc.property(points, similarity, (from, moved) => {
        fc.pre(spread(from) > 1);
        const found = fitSimilarity(
          from,
          from.map((point) => apply(moved, point)),
        );
        for (const point of from) {
          const [x, y] = apply(moved, point);
          const [ownX, ownY] = apply(found, point);
          expect(Math.hypot(ownX - x, ownY - y)).toBeLessThan(1e-6);
        }
      }),
    );
  });

  test('is a least-squares fit: no small change of it comes nearer to noisy points', () => {
    fc.assert(
      fc.property(points, similarity, fc.infiniteStream(number(-3, 3)), (from, moved, noise) => {
        fc.pre(spread(from) > 5);
        const to = from.map((point): Point => {
          const [x, y] = apply(moved, point);
          return [x + noise.next().value, y + noise.next().value];
        });
        const error = (fit: Affine) =>
          from.reduce((sum, point, i) => {
            const [x, y] = apply(fit, point);
            return sum + (x - to[i]![0]) ** 2 + (y - to[i]![1]) ** 2;
          }, 0);
        const fit = fitSimilarity(from, to);
        const least = error(fit);
        const { xx: a, yx: b, tx, ty } = fit;
        for (const step of [1e-3, -1e-3]) {
          expect(error({ ...fit, xx: a + step, yy: a + step })).toBeGreaterThanOrEqual(least);
          expect(error({ ...fit, yx: b + step, xy: -b - step })).toBeGreaterThanOrEqual(least);
          expect(error({ ...fit, tx: tx + step })).toBeGreaterThanOrEqual(least);
          expect(error({ ...fit, ty: ty + step })).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  test('refuses points that fix no rotation', () => {
    expect(() => fitSimilarity([[1, 1]], [[2, 2]])).toThrow(RangeError);
    const same: Point[] = [
      [5, 5],
      [5, 5],
    ];
    expect(() => fitSimilarity(same, same)).toThrow(RangeError);
  });

  test('cuts a box with a margin in the middle of the chip', () => {
    const box = { x: 100, y: 40, width: 80, height: 120 };
    const fit = chipToPicture(
      { kind: 'box', sizePx: 160, margin: 0.25, flip: false },
      { box, landmarks: [] },
    );
    // The chip reaches from half a pixel before its first centre to half a pixel behind its last.
    expect(apply(fit, [-0.5, -0.5])).toEqual([100 - 10 - 0.5, 40 - 15 - 0.5]);
    expect(apply(fit, [159.5, 159.5])).toEqual([180 + 10 - 0.5, 160 + 15 - 0.5]);
  });
});

describe('the fast warp', () => {
  const widthPx = 97;
  const heightPx = 83;
  const picture = fc.infiniteStream(fc.integer({ min: 0, max: 255 })).map((stream) => {
    const rgb = new Uint8Array(widthPx * heightPx * 3);
    for (let i = 0; i < rgb.length; i++) rgb[i] = stream.next().value;
    return rgb;
  });
  const placed = fc
    .record({ scale: number(0.2, 3), turn: number(-3, 3), x: number(-60, 150), y: number(-60, 150) })
    .map(({ scale, turn, x, y }): Affine => {
      const a = scale * Math.cos(turn);
      const b = scale * Math.sin(turn);
      return { xx: a, xy: -b, tx: x, yx: b, yy: a, ty: y };
    });

  test('gives the plain one to a grey level, also where the chip reaches over the edge', () => {
    fc.assert(
      fc.property(picture, placed, (rgb, fit) => {
        const sizePx = 40;
        const fast = warpChip(rgb, widthPx, heightPx, fit, sizePx);
        const plain = plainWarp(rgb, widthPx, heightPx, fit, sizePx);
        // Positions are rounded to 1/65536 px and weights to 1/2048: at most a level and its rounding.
        for (let i = 0; i < fast.length; i++) expect(Math.abs(fast[i]! - plain[i]!)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 60 },
    );
  });

  test('copies the picture where the chip is not moved', () => {
    const rgb = new Uint8Array(150 * 150 * 3).map((_, i) => (i * 7) % 251);
    const same: Affine = { xx: 1, xy: 0, tx: 0, yx: 0, yy: 1, ty: 0 };
    expect(warpChip(rgb, 150, 150, same, standardAlignment.sizePx)).toEqual(rgb);
  });
});
