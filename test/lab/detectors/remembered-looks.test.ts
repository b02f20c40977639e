import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { ResultCache } from '../../../src/lab/cache/result-cache.ts';
import type { NamedDetector } from '../../../src/lab/detectors/catalogue.ts';
import { runRemembered } from '../../../src/lab/detectors/remembered-looks.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const forever = new AbortController().signal;
const hog: NamedDetector = { id: 'hog', title: 'HOG', models: [], choice: { kind: 'hog', upsample: 0 } };

/** Plain pictures of different colours. */
async function plainPictures(count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-looks-'));
  folders.push(folder);
  const pictures = [];
  for (let at = 0; at < count; at++) {
    const path = join(folder, `${at}.png`);
    const png = await sharp({
      create: { width: 96, height: 96, channels: 3, background: { r: at, g: 0, b: 0 } },
    })
      .png()
      .toBuffer();
    writeFileSync(path, png);
    pictures.push({ path, sha256: new Bun.CryptoHasher('sha256').update(png).digest('hex') });
  }
  return { folder, pictures };
}

test('looking that was interrupted goes on where it was, and gives the same', async () => {
  const { folder, pictures } = await plainPictures(40);
  using cache = new ResultCache(join(folder, 'cache'), () => {});
  const controller = new AbortController();
  const interrupted = await runRemembered(
    hog,
    pictures,
    cache,
    (done) => done >= 5 && controller.abort(new Error('enough')),
    controller.signal,
  ).catch((error: unknown) => error);
  expect(interrupted).toEqual(new Error('enough'));

  const steps: number[] = [];
  const whole = await runRemembered(hog, pictures, cache, (done) => steps.push(done), forever);
  expect(steps[0]).toBeGreaterThanOrEqual(5);
  expect(steps.at(-1)).toBe(40);
  expect(whole.looks).toHaveLength(40);
  expect(whole.peakMemoryBytes).toBeGreaterThan(30e6);

  const again: number[] = [];
  expect(await runRemembered(hog, pictures, cache, (done) => again.push(done), forever)).toEqual(whole);
  expect(again).toEqual([40]);
}, 60_000);
