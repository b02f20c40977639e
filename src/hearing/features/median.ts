/** Rows on each side of the middle of a window. */
const reach = 15;
/** Medians that are found together: half a window, so that they have a core of 16 rows in common. */
const tile = reach + 1;
/** Columns that are worked on together, at most: all rows of a tile stay in the processor's nearest cache. */
const strip = 128;

/**
 * The median of each 31 neighbours down each column of a matrix, without branches on the data.
 *
 * Windows next to each other share most of their rows, so what they share is sorted once (Adams, Fast median filters
 * using separable sorting networks, 2021, in one dimension). 16 windows share 16 sorted rows; each half of them shares
 * eight more, which are merged in, and of which so many lie too low or too high for any median that eight remain; and
 * so on down to one window and its one remaining row. Networks of minimum and maximum do it, on all columns of a strip.
 *
 * Beyond its ends a column continues as its mirror image, the end itself repeated (d c b a | a b c d | d c b a), again
 * and again where it is short.
 *
 * @param matrix rows of `columns` numbers; whole ones, for which minimum and maximum need no branch. The bits of
 *   non-negative float32 are ordered as the numbers are.
 * @param medians receives a matrix of the same size.
 */
export function slidingMedians(matrix: Int32Array, columns: number, medians: Int32Array): void {
  const rows = matrix.length / columns;
  const evenWidth = Math.ceil(columns / Math.ceil(columns / strip));
  for (let first = 0; first < columns; first += evenWidth) {
    const width = Math.min(evenWidth, columns - first);

    /** Copies rows of the windows to the scratch and sorts them. Window i is from row i to i + 30 here. */
    const gather = (row: number, count: number, to: number) => {
      for (let i = 0; i < count; i++) {
        const from = mirrored(row + i - reach, rows) * columns + first;
        scratch.set(matrix.subarray(from, from + width), (to + i) * strip);
      }
      for (const [low, high] of sortingNetworks[count]!) order(to + low, to + high, width);
    };

    /** The medians of windows `window` to `window + size - 1`, whose remaining rows are sorted in the scratch. */
    const halve = (window: number, size: number) => {
      if (window >= rows) return;
      if (size === 1) {
        const kept = keptAt(1) * strip;
        medians.set(scratch.subarray(kept, kept + width), window * columns + first);
        return;
      }
      const half = size / 2;
      gather(window + half - 1, half, added);
      narrow(size, width);
      halve(window, half);
      gather(window + 2 * reach + 1, half, added);
      narrow(size, width);
      halve(window + half, half);
    };

    for (let window = 0; window < rows; window += tile) {
      gather(window + tile - 1, tile, keptAt(tile));
      halve(window, tile);
    }
  }
}

/** Places in the scratch, in rows: what remains for so many windows, and what is merged in. */
const keptAt = (size: number) => size - 1;
const added = 2 * tile - 1;
const scratch = new Int32Array((added + tile / 2) * strip);

/**
 * Merges the added rows into the `size` that remain, and lets half of them remain: as many as were added can be no
 * median since they lie too low, and as many since they lie too high. A sorted list against a reversed one leaves
 * the greater or the lesser half of both (Batcher 1968), which rises and falls once and is then sorted again.
 */
function narrow(size: number, width: number): void {
  const half = size / 2;
  const from = keptAt(size) * strip;
  const to = keptAt(half) * strip;
  for (let i = 0; i < half; i++) {
    const a = from + i * strip;
    const b = (added + half - 1 - i) * strip;
    const out = to + i * strip;
    for (let x = 0; x < width; x++) scratch[out + x] = Math.max(scratch[a + x]!, scratch[b + x]!);
  }
  for (const [low, high] of mergingNetworks[half]!) order(keptAt(half) + low, keptAt(half) + high, width);
  for (let i = 0; i < half; i++) {
    const a = from + (size - 1 - i) * strip;
    const out = to + i * strip;
    for (let x = 0; x < width; x++) scratch[out + x] = Math.min(scratch[a + x]!, scratch[out + x]!);
  }
  for (const [low, high] of mergingNetworks[half]!) order(keptAt(half) + low, keptAt(half) + high, width);
}

/** Leaves the lesser number of two rows in the first and the greater in the second. */
function order(low: number, high: number, width: number): void {
  const a = low * strip;
  const b = high * strip;
  for (let x = 0; x < width; x++) {
    const left = scratch[a + x]!;
    const right = scratch[b + x]!;
    scratch[a + x] = Math.min(left, right);
    scratch[b + x] = Math.max(left, right);
  }
}

type Network = readonly (readonly [low: number, high: number])[];

/** For sizes that are powers of two: networks that sort anything, and that sort what rises and falls once. */
const sortingNetworks: Record<number, Network> = {};
const mergingNetworks: Record<number, Network> = {};
for (let size = 1; size <= tile; size *= 2) {
  sortingNetworks[size] = oddEvenSort(0, size);
  mergingNetworks[size] = bitonicMerge(0, size);
}

function oddEvenSort(first: number, size: number): Network {
  if (size === 1) return [];
  const half = size / 2;
  return [...oddEvenSort(first, half), ...oddEvenSort(first + half, half), ...oddEvenMerge(first, size, 1)];
}

/** Of two sorted halves; every `step`-th of `size` rows. */
function oddEvenMerge(first: number, size: number, step: number): Network {
  const next = step * 2;
  if (next >= size) return [[first, first + step]];
  const between = Array.from({ length: size / next - 1 }, (_, i) => first + step + i * next);
  return [
    ...oddEvenMerge(first, size, next),
    ...oddEvenMerge(first + step, size, next),
    ...between.map((row) => [row, row + step] as const),
  ];
}

function bitonicMerge(first: number, size: number): Network {
  if (size === 1) return [];
  const half = size / 2;
  const crossing = Array.from({ length: half }, (_, i) => [first + i, first + half + i] as const);
  return [...crossing, ...bitonicMerge(first, half), ...bitonicMerge(first + half, half)];
}

function mirrored(index: number, length: number): number {
  const period = 2 * length;
  const within = ((index % period) + period) % period;
  return within < length ? within : period - 1 - within;
}
