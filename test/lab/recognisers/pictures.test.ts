import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { cropGrey, toGrey } from '../../../src/lab/recognisers/grey.ts';
import { resizeCubic } from '../../../src/lab/recognisers/resize-cubic.ts';

const sidePx = fc.integer({ min: 1, max: 12 });

test('grey is 0.299 of red, 0.587 of green, 0.114 of blue, and of a grey picture itself', () => {
  const rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 77, 77, 77];
  expect([...toGrey(Uint8Array.from(rgb), 6, 1).pixels]).toEqual([76, 150, 29, 255, 0, 77]);
});

test('a crop is the pixels of its rectangle', () => {
  const pixels = Uint8Array.from({ length: 12 }, (_, i) => i);
  const crop = cropGrey({ pixels, widthPx: 4, heightPx: 3 }, { left: 1, top: 1, right: 3, bottom: 3 });
  expect(crop).toEqual({ pixels: Uint8Array.of(5, 6, 9, 10), widthPx: 2, heightPx: 2 });
});

describe('bicubic resizing', () => {
  test('a flat picture stays flat, whatever its size', () => {
    fc.assert(
      fc.property(
        sidePx,
        sidePx,
        sidePx,
        sidePx,
        fc.integer({ min: 0, max: 255 }),
        (w, h, toW, toH, level) => {
          const flat = { pixels: new Uint8Array(w * h).fill(level), widthPx: w, heightPx: h };
          const resized = resizeCubic(flat, toW, toH);
          expect([...resized.pixels]).toEqual(Array(toW * toH).fill(level));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('the same size is the same picture', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (pixels) => {
        const picture = { pixels, widthPx: 4, heightPx: 3 };
        expect(resizeCubic(picture, 4, 3)).toEqual(picture);
      }),
      { numRuns: 50 },
    );
  });

  test('halfway between two levels lies their mean, and a step is overshot as the kernel says', () => {
    // Twice as wide: places at -1/4, 1/4, 3/4, ...; weights of the kernel with slope -3/4 at 1.75, 0.75, 0.25, 1.25.
    const step = { pixels: Uint8Array.of(100, 100, 100, 200, 200, 200), widthPx: 6, heightPx: 1 };
    const resized = resizeCubic(step, 12, 1);
    expect([...resized.pixels]).toEqual([100, 100, 100, 96, 89, 123, 177, 211, 204, 200, 200, 200]);
  });
});
