import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { BackupError, openStream, sealStream } from '../../../src/runtime/backup/sealed-stream.ts';

const key = Buffer.from('correct horse battery');
const quick = { N: 2 ** 14, r: 1, p: 1 };
const madeAt = '2026-01-31T12:00:00.000Z';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

const seal = (plain: Uint8Array, size: number) =>
  joined(sealStream(inPieces(plain, size), key, madeAt, quick));
const open = (sealed: Uint8Array, size = 9_000) => joined(openStream(inPieces(sealed, size), key));

/** Around the length of a segment it is decided which one is the last. */
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(65_535, 65_536, 65_537, 131_072),
  fc.integer({ min: 0, max: 200_000 }),
);

test('what was sealed opens to the same bytes, whatever the pieces that it comes in', async () => {
  await fc.assert(
    fc.asyncProperty(
      lengths,
      fc.integer({ min: 100, max: 100_000 }),
      fc.integer({ min: 100, max: 100_000 }),
      async (length, sealSize, openSize) => {
        const plain = Buffer.from(Array.from({ length }, (_, i) => (i * 31) % 251));
        expect((await open(await seal(plain, sealSize), openSize)).equals(plain)).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});

test('a file in which one bit differs, that is cut off or longer, gives an error and never other bytes', async () => {
  const plain = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
  const sealed = await seal(plain, 10_000);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: sealed.length - 1 }),
      fc.constantFrom('flip', 'cut', 'longer'),
      async (place, how) => {
        const changed = how === 'cut' ? sealed.subarray(0, place) : Buffer.from(sealed);
        if (how === 'flip') changed[place]! ^= 1 << (place % 8);
        const bytes = how === 'longer' ? Buffer.concat([changed, Buffer.alloc((place % 99) + 1)]) : changed;
        const result = await open(bytes).catch((error: unknown) => error);
        expect(result).toBeInstanceOf(BackupError);
      },
    ),
    { numRuns: 40 },
  );
});

test('segments cannot change places, and two files of the same bytes have nothing in common', async () => {
  const plain = Buffer.alloc(200_000, 7);
  const sealed = await seal(plain, 50_000);
  const first = sealed.indexOf(0x0a) + 1;
  const segment = 65_536 + 16;
  const swapped = Buffer.concat([
    sealed.subarray(0, first),
    sealed.subarray(first + segment, first + 2 * segment),
    sealed.subarray(first, first + segment),
    sealed.subarray(first + 2 * segment),
  ]);
  expect(await open(swapped).catch((error: unknown) => error)).toBeInstanceOf(BackupError);
  const again = await seal(plain, 50_000);
  expect(again.subarray(first, first + 64).equals(sealed.subarray(first, first + 64))).toBe(false);
});

test('a heading that asks for hours of work is refused at once', async () => {
  const sealed = await seal(Buffer.from('x'), 100);
  const heading = JSON.parse(sealed.subarray(0, sealed.indexOf(0x0a)).toString());
  const costly = { ...heading, scrypt: { ...heading.scrypt, N: 2 ** 30 } };
  const file = Buffer.concat([
    Buffer.from(`${JSON.stringify(costly)}\n`),
    sealed.subarray(sealed.indexOf(0x0a) + 1),
  ]);
  expect(String(await open(file).catch((error: unknown) => error))).toContain('no backup of vigil');
});
