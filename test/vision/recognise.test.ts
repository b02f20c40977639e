import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type FaceGallery, judgeMatch, nearestSubjects } from '../../src/vision/match.ts';
import { type AlignedFace, FacePipeline } from '../../src/vision/pipeline.ts';
import { demoPicture, readRgb, shippedPipeline } from './golden.ts';

// The demo pictures show several women, some of whom look alike to the network, and one woman twice: she is the
// third from the left in picture 1 and the second in picture 3.
const limits = { threshold: 0.125, margin: 0.03 };
let pipeline: FacePipeline;
const photos = new Map<number, { faces: AlignedFace[]; embeddings: Float32Array[] }>();

beforeAll(async () => {
  pipeline = await FacePipeline.load(await shippedPipeline(), { smallBoard: false });
  for (const photo of [1, 2, 3]) {
    const { rgb, widthPx, heightPx } = await readRgb(
      demoPicture(`@vladmandic/face-api@1.7.15/demo/sample${photo}.jpg`),
    );
    const faces = (await pipeline.detect(rgb, widthPx, heightPx)).sort((a, b) => a.box.x - b.box.x);
    photos.set(photo, { faces, embeddings: await pipeline.embed(faces) });
  }
});

afterAll(() => pipeline.close());

function embedding(photo: number, fromLeft: number): Float32Array {
  return photos.get(photo)!.embeddings[fromLeft - 1]!;
}

function galleryOf(people: Record<string, Float32Array>): FaceGallery {
  const subjectIds = Object.keys(people);
  const embeddingLength = pipeline.embeddingLength;
  const embeddings = new Float32Array(subjectIds.length * embeddingLength);
  Object.values(people).forEach((each, row) => {
    embeddings.set(each, row * embeddingLength);
  });
  return { subjectIds, embeddings, embeddingLength };
}

function match(probe: Float32Array, people: Record<string, Float32Array>) {
  return judgeMatch(nearestSubjects(galleryOf(people), probe, 3), limits);
}

test('a woman is named from a photo that she was not enrolled with', () => {
  const people = { maria: embedding(1, 3), nora: embedding(1, 1), olga: embedding(2, 1) };
  const result = match(embedding(3, 2), people);
  expect(result).toMatchObject({ decision: 'known', subjectId: 'maria', secondSubjectId: 'olga' });
  expect(result.distance).toBeCloseTo(0.081, 2);
});

test('a stranger who looks much like an enrolled woman is not named', () => {
  const result = match(embedding(2, 2), { paula: embedding(1, 2), nora: embedding(1, 1) });
  expect(result).toMatchObject({ decision: 'unknown', subjectId: null });
  expect(result.distance).toBeGreaterThan(0.1);
  expect(result.distance).toBeLessThan(0.15);
});

test('between two enrolled women who look alike nobody is named', () => {
  // Half way between both: as near to one as to the other.
  const one = embedding(3, 2);
  const other = embedding(3, 3);
  const between = one.map((value, i) => value + other[i]!);
  const length = Math.hypot(...between);
  const result = match(
    between.map((value) => value / length),
    { maria: one, rita: other },
  );
  expect(result).toMatchObject({ decision: 'unsure', subjectId: null });
});

test('embeddings have length 1, and faces come the largest first', async () => {
  for (const { embeddings } of photos.values()) {
    for (const each of embeddings) expect(Math.hypot(...each)).toBeCloseTo(1, 5);
  }
  const { rgb, widthPx, heightPx } = await readRgb(
    demoPicture('@vladmandic/face-api@1.7.15/demo/sample1.jpg'),
  );
  const sizes = (await pipeline.detect(rgb, widthPx, heightPx)).map(({ quality }) => quality.eyeDistancePx);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
});

test('more faces than fit in one run of the network are embedded all the same', async () => {
  const faces = [...photos.values()].flatMap((photo) => photo.faces);
  const alone = [...photos.values()].flatMap((photo) => photo.embeddings);
  expect(faces.length).toBe(9);
  const together = await pipeline.embed(faces);
  together.forEach((each, i) => {
    expect(Math.max(...each.map((value, k) => Math.abs(value - alone[i]![k]!)))).toBeLessThan(1e-5);
  });
  expect(await pipeline.embed([])).toEqual([]);
});
