import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePicture } from '../../../hal/linux/picture.ts';
import { parseConfig } from '../../../src/config/read.ts';
import { openLabFaces } from '../../../src/lab/cache/remembered-faces.ts';
import { ResultCache } from '../../../src/lab/cache/result-cache.ts';
import { groupPhotos } from '../../cli/faces-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

test('the same pixels are looked at once: the second time the same faces come from the cache', async () => {
  const limits = { maxPixels: 1e8, maxWidthPx: 640, maxHeightPx: 640 };
  const {
    pixels: rgb,
    widthPx,
    heightPx,
  } = await decodePicture(join(groupPhotos, 'sample1.jpg'), limits, never);
  using cache = new ResultCache(folder, (message) => {
    throw new Error(message);
  });
  const describe = async (of: ResultCache | undefined, pixels = rgb) => {
    const options = {
      config: parseConfig('', undefined).config,
      stateDirectory: folder,
      threads: 1,
      cache: of,
    };
    await using faces = await openLabFaces(options, never);
    expect(faces.models.map(({ sha256 }) => sha256?.length)).toEqual([64, 64, 64, 64, 64]);
    return await faces.describers[0]!.describe({ rgb: pixels, widthPx, heightPx }, never);
  };
  const first = await describe(cache);
  expect(first.length).toBeGreaterThan(0);
  expect(cache.found).toBe(0);
  expect(await describe(cache)).toEqual(first);
  expect(cache.found).toBe(1);
  expect(await describe(undefined)).toEqual(first);
  expect(cache.found).toBe(1);

  const another = Uint8Array.from(rgb);
  another[0]! ^= 1;
  await describe(cache, another);
  expect(cache.found).toBe(1);
}, 30_000);
