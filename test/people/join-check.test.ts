import { afterEach, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { JoinCheck } from '../../src/people/join-check.ts';
import { DatasetImport } from '../../src/people/picture-import.ts';
import { faceLimits } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

/** A point on the unit circle: `degrees` apart, two have the squared distance 2 - 2 cos. */
const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const known = (people: Record<string, readonly number[]>) =>
  Object.entries(people).flatMap(([subjectId, places]) =>
    places.map((degrees) => ({ subjectId, embedding: at(degrees) })),
  );
const check = (people: Record<string, readonly number[]>) => new JoinCheck(known(people), faceLimits);

test('a sample that fits its person and is far from everybody else may join', () => {
  expect(check({ ana: [0, 5], eva: [90] }).problemOf('ana', at(10))).toBeUndefined();
  expect(check({ ana: [0, 5] }).problemOf(undefined, at(90))).toBeUndefined();
  expect(check({}).problemOf(undefined, at(90))).toBeUndefined();
});

test('a sample unlike the person’s others is an outlier', () => {
  expect(check({ ana: [0], eva: [180] }).problemOf('ana', at(40))).toMatchObject({ problem: 'outlier' });
});

test('a face that is known as somebody else’s is said, of somebody new as well', () => {
  const another = { problem: 'looks-like-another', otherSubjectId: 'eva' };
  expect(check({ ana: [0], eva: [30] }).problemOf('ana', at(25))).toMatchObject(another);
  expect(check({ ana: [0], eva: [30] }).problemOf(undefined, at(25))).toMatchObject(another);
});

test('a sample that fits, and draws its person over to somebody else, harms that one', () => {
  // With one at 10 degrees Ana’s mean moves from 0 to 5, and Eva’s sample at 15 is as near to it as to Eva’s own at 21.5.
  const people = check({ ana: [0], eva: [28, 15] });
  expect(people.problemOf('ana', at(-5))).toBeUndefined();
  expect(people.problemOf('ana', at(10))).toMatchObject({
    problem: 'harms-another',
    otherSubjectId: 'eva',
  });
});

test('who was not told apart before is not harmed', () => {
  expect(check({ ana: [0], eva: [6, 4] }).problemOf('ana', at(1))).toBeUndefined();
});

test('the length of an embedding and the order of the samples do not matter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('ana', 'eva', 'ida'), fc.integer({ min: 0, max: 359 })), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.integer({ min: 0, max: 359 }),
      fc.constantFrom('ana', undefined),
      (samples, place, whose) => {
        const people = samples.map(([subjectId, degrees]) => ({ subjectId, embedding: at(degrees) }));
        const longer = people.map(({ subjectId, embedding }) => ({
          subjectId,
          embedding: embedding.map((value) => 3 * value),
        }));
        const answer = new JoinCheck(people, faceLimits).problemOf(whose, at(place));
        const turned = new JoinCheck(longer.reverse(), faceLimits).problemOf(whose, at(place));
        expect(turned?.problem).toBe(answer?.problem);
      },
    ),
    { numRuns: 200 },
  );
});

test('a picture in the wrong person’s folder is left out of the import, with who it shows; an odd one is taken and said', async () => {
  const folder = temporaryFolder();
  const put = (path: string, degrees: number) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), String(degrees));
  };
  const store = openStore(temporaryFolder());
  const quality = {
    eyeDistancePx: 60,
    sharpness: 40,
    brightness: 120,
    contrast: 40,
    yawRatio: 0,
    rollDeg: 0,
    covered: 0.02,
  };
  const pictures = new DatasetImport({
    store,
    pipelineId: 'pipe-1',
    limits: faceLimits,
    describePicture: async (path) => ({
      faces: [
        {
          embedding: at(Number(await Bun.file(path).text())),
          quality,
          score: 0.9,
          enrolProblem: undefined,
          probeProblem: undefined,
        },
      ],
    }),
  });
  put('Ana/1.jpg', 0);
  put('Ana/2.jpg', 2);
  put('Eva/1.jpg', 40);
  await pictures.run(folder, new AbortController().signal);
  put('Ana/wrong.jpg', 39);
  put('Eva/odd.jpg', 80);
  const report = await pictures.run(folder, new AbortController().signal);
  expect(report.refused).toEqual([
    { path: 'Ana/wrong.jpg', reason: 'other-person', message: 'it is more like Eva than like Ana' },
  ]);
  expect(report.added).toMatchObject([
    { path: 'Eva/odd.jpg', warning: expect.stringContaining('unlike the others of this person') },
  ]);
  expect(store.people()).toMatchObject([
    { name: 'Ana', faceSamples: 2 },
    { name: 'Eva', faceSamples: 2 },
  ]);
});
