/**
 * How well the shipped pipeline tells people apart, on the development pairs of Labeled Faces in the Wild.
 *
 *     bun bench/lfw.ts
 *
 * Prints accuracy at the best threshold, the equal error rate, and the share of same-person pairs refused at the
 * threshold that lets one in a thousand strangers through (over all cross comparisons). A picture without a face
 * counts as an error in every pair it is in. Exits 1 when the accuracy is under 98.8 % or a face was missed; exits
 * 0 with the reason where the data is absent.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DecodedPicture, decodePicture, defaultDecodeLimits } from '../hal/linux/picture.ts';
import { shippedModelsDir } from '../src/models/folders.ts';
import { readManifest } from '../src/models/manifest.ts';
import { distanceBetween } from '../src/vision/match.ts';
import { FacePipeline } from '../src/vision/pipeline.ts';
import { testData } from '../test/support/test-data.ts';
import { finish, progress, rounded } from './support/report.ts';

const requiredAccuracy = 0.988;
const targetFalseMatchRate = 1e-3;

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
}

const folder = testData('data/faces/lfw');
if (folder === undefined) {
  finish({ bench: 'lfw', skipped: 'no data/faces/lfw under VIGIL_TEST_DATA', figures: [] });
}

const pairs = readPairs(join(folder, 'pairs.csv'));
const files = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
const embeddings = await embedAll(files.map((file) => join(folder, 'images', file)));
const byFile = new Map(files.map((file, index) => [file, embeddings[index]]));
const undetected = embeddings.filter((embedding) => embedding === undefined).length;

const same: number[] = [];
const different: number[] = [];
let samePairs = 0;
let differentPairs = 0;
for (const pair of pairs) {
  if (pair.same) samePairs++;
  else differentPairs++;
  const a = byFile.get(pair.a);
  const b = byFile.get(pair.b);
  if (a === undefined || b === undefined) continue;
  (pair.same ? same : different).push(distanceBetween(a, b));
}
const best = bestThreshold(same, different, pairs.length);
const missedSame = samePairs - same.length;
const impostors = crossComparisons(files, embeddings);
const strict = impostors[Math.floor(impostors.length * targetFalseMatchRate)]!;
const refused = same.filter((distance) => distance > strict).length + missedSame;

finish({
  bench: 'lfw',
  figures: [
    { what: 'accuracy', value: percent(best.accuracy), unit: '%', limit: { least: requiredAccuracy * 100 } },
    { what: 'at squared distance', value: rounded(best.threshold), unit: '' },
    { what: 'pictures without a face', value: undetected, unit: '', limit: { most: 0 } },
    { what: 'equal error rate', value: percent(equalErrorRate(same, different)), unit: '%' },
    { what: 'FNMR at FMR 1e-3', value: percent(refused / samePairs), unit: '%' },
    { what: 'at squared distance', value: rounded(strict), unit: '' },
    { what: 'pictures', value: files.length, unit: '' },
    { what: 'pairs of one person', value: samePairs, unit: '' },
    { what: 'pairs of two', value: differentPairs, unit: '' },
    { what: 'impostor comparisons', value: impostors.length, unit: '' },
  ],
});

function readPairs(path: string): Pair[] {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [a, b, label] = line.split(',');
    if (a === undefined || b === undefined || (label !== '1' && label !== '0')) {
      throw new Error(`${path}: not a pair: ${line}`);
    }
    return { a, b, same: label === '1' };
  });
}

/** The embedding of the face nearest the centre of each picture. */
async function embedAll(paths: readonly string[]): Promise<(Float32Array | undefined)[]> {
  const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: '' });
  const pipeline = await FacePipeline.load(manifest.pipeline(), { smallBoard: false });
  const { signal } = new AbortController();
  const found: (Float32Array | undefined)[] = [];
  for (const path of paths) {
    found.push(await embedCentral(pipeline, await decodePicture(path, defaultDecodeLimits, signal)));
    if (found.length % 100 === 0) progress(`${found.length} of ${paths.length} pictures`);
  }
  await pipeline.close();
  return found;
}

async function embedCentral(
  pipeline: FacePipeline,
  { pixels, widthPx, heightPx }: DecodedPicture,
): Promise<Float32Array | undefined> {
  const faces = await pipeline.detect(pixels, widthPx, heightPx);
  const fromCentre = ({ box }: (typeof faces)[number]) =>
    Math.hypot(box.x + box.width / 2 - widthPx / 2, box.y + box.height / 2 - heightPx / 2);
  const central = faces.toSorted((a, b) => fromCentre(a) - fromCentre(b)).slice(0, 1);
  const [embedding] = await pipeline.embed(central);
  return embedding;
}

function bestThreshold(
  same: readonly number[],
  different: readonly number[],
  pairCount: number,
): { threshold: number; accuracy: number } {
  let best = { threshold: 0, accuracy: 0 };
  for (const threshold of [...same, ...different]) {
    const right =
      same.filter((distance) => distance <= threshold).length +
      different.filter((distance) => distance > threshold).length;
    if (right / pairCount > best.accuracy) best = { threshold, accuracy: right / pairCount };
  }
  return best;
}

/** Where as large a share of one person's pairs is refused as of two persons' is accepted. */
function equalErrorRate(same: readonly number[], different: readonly number[]): number {
  let least = { gap: 1, rate: 1 };
  for (const threshold of [...same, ...different]) {
    const refusedShare = same.filter((distance) => distance > threshold).length / same.length;
    const acceptedShare = different.filter((distance) => distance <= threshold).length / different.length;
    const gap = Math.abs(refusedShare - acceptedShare);
    if (gap < least.gap) least = { gap, rate: (refusedShare + acceptedShare) / 2 };
  }
  return least.rate;
}

/** Distances of all pairs of pictures of different people, sorted. The folder's name is the person. */
function crossComparisons(
  files: readonly string[],
  embeddings: readonly (Float32Array | undefined)[],
): Float32Array {
  const people = files.map((file) => file.split('/')[0]);
  const distances = new Float32Array((files.length * (files.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < files.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = embeddings[i];
      const b = embeddings[j];
      if (people[i] === people[j] || a === undefined || b === undefined) continue;
      distances[count++] = distanceBetween(a, b);
    }
  }
  return distances.subarray(0, count).sort();
}

function percent(share: number): number {
  return Number((share * 100).toFixed(1));
}
