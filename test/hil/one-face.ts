import { join } from 'node:path';
import { openLibc } from '../../hal/linux/libc.ts';
import { decodePicture, defaultDecodeLimits } from '../../hal/linux/picture.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';
import { distanceBetween } from '../../src/vision/match.ts';
import { FacePipeline } from '../../src/vision/pipeline.ts';

/**
 * Run inside an unpacked package by the Bun of it: whether the whole chain of native code works on this CPU. A call of
 * the C library, a picture decoded, the networks, and one woman in two photos recognised. One JSON object, exit 0 or 1.
 */
const demo = join(import.meta.dir, '../../demo');
const signal = new AbortController().signal;
const { symbols, result } = openLibc('one-face', { getpid: { args: [], returns: 'i32' } });

const began = performance.now();
const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: join(demo, 'none') });
const pipeline = await FacePipeline.load(manifest.pipeline(), { smallBoard: true });
const loadedMs = performance.now() - began;
// One after another: a network takes one picture at a time.
const ana = await embed('people/Ana.jpg');
const same = distanceBetween(ana, await embed('visitors/ana-another-day.jpg'));
const other = distanceBetween(ana, await embed('visitors/stranger.jpg'));
const { threshold } = pipeline.match;
const recognised = same < threshold && other > threshold && result(symbols.getpid()) === process.pid;
const ms = Math.round(performance.now() - began);
console.log(
  JSON.stringify({
    arch: process.arch,
    recognised,
    same,
    other,
    threshold,
    loadedMs: Math.round(loadedMs),
    ms,
  }),
);
process.exit(recognised ? 0 : 1);

async function embed(file: string): Promise<Float32Array> {
  const { pixels, widthPx, heightPx } = await decodePicture(join(demo, file), defaultDecodeLimits, signal);
  const [face] = await pipeline.detect(pixels, widthPx, heightPx);
  const [embedding] = face === undefined ? [] : await pipeline.embed([face]);
  if (embedding === undefined) throw new Error(`no face in ${file}`);
  return embedding;
}
