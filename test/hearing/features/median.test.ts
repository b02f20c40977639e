import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { slidingMedians } from '../../../src/hearing/features/median.ts';

/** The definition: of each row and the 15 above and below it, the middle one in order. */
function plainMedians(matrix: Int32Array<ArrayBuffer>, columns: number): Int32Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  const mirrored = (row: number) => {
    const within = ((row % (2 * rows)) + 2 * rows) % (2 * rows);
    return Math.min(within, 2 * rows - 1 - within);
  };
  return matrix.map((_, at) => {
    const window = Array.from({ length: 31 }, (_value, i) => {
      const row = mirrored(Math.floor(at / columns) + i - 15);
      return matrix[row * columns + (at % columns)]!;
    });
    return window.sort((a, b) => a - b)[15]!;
  });
}

test('medians down the columns are those of sorted windows, mirrored at the ends, whatever the size', () => {
  const size = fc.record({
    rows: fc.integer({ min: 1, max: 80 }),
    columns: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 120, max: 270 })),
    // Few values make ties.
    most: fc.constantFrom(1, 9, 2 ** 31 - 1),
  });
  fc.assert(
    fc.property(size, fc.infiniteStream(fc.nat()), ({ rows, columns, most }, stream) => {
      const matrix = Int32Array.from({ length: rows * columns }, () => stream.next().value % (most + 1));
      const medians = new Int32Array(matrix.length);
      slidingMedians(matrix, columns, medians);
      expect(medians).toEqual(plainMedians(matrix, columns));
    }),
    { numRuns: 40 },
  );
});
