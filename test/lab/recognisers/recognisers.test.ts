import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { trainEigenfaces } from '../../../src/lab/recognisers/eigenfaces.ts';
import { trainFisherfaces } from '../../../src/lab/recognisers/fisherfaces.ts';
import { localBinaryPatterns, trainLbph } from '../../../src/lab/recognisers/lbph.ts';
import { TrainingError } from '../../../src/lab/recognisers/recogniser.ts';
import { generatedFaces } from './generated-faces.ts';

const everyMethod = [
  { name: 'Eigenfaces', train: trainEigenfaces },
  { name: 'Fisherfaces', train: trainFisherfaces },
  { name: 'LBPH', train: trainLbph },
] as const;

describe.each(everyMethod)('$name', ({ train }) => {
  test('a picture that was learnt from is nearest to itself, at no distance', () => {
    const training = generatedFaces(5, 3);
    const recogniser = train(training);
    for (const [i, face] of training.faces.entries()) {
      const { label, distance } = recogniser.nearest(face);
      expect(label).toBe(training.labels[i]!);
      expect(distance).toBeLessThan(1e-4);
    }
  });

  test('other pictures of the same people get their names', () => {
    const all = generatedFaces(6, 5);
    const learnt = all.labels.map((_, i) => i % 5 < 3);
    const recogniser = train({
      faces: all.faces.filter((_, i) => learnt[i]),
      labels: all.labels.filter((_, i) => learnt[i]),
    });
    const probes = all.labels.map((label, i) => ({ label, i })).filter(({ i }) => !learnt[i]);
    const right = probes.filter(({ label, i }) => recogniser.nearest(all.faces[i]!).label === label);
    expect(right.length).toBe(probes.length);
  });

  test('nothing to learn from is said, and so is a face of another size', () => {
    expect(() => train({ faces: [], labels: [] })).toThrow(
      new TrainingError('there is no picture to learn from'),
    );
    const recogniser = train(generatedFaces(2, 2));
    expect(() => recogniser.nearest(new Uint8Array(9))).toThrow(RangeError);
    expect(() => train({ faces: [new Uint8Array(9), new Uint8Array(16)], labels: [0, 0] })).toThrow(
      RangeError,
    );
  });
});

describe('Eigenfaces', () => {
  test('between pictures learnt from, the distance with all components is that of their pixels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 25, maxLength: 25 }), { minLength: 2, maxLength: 8 }),
        ([first, ...others]) => {
          // The first is known under its own name only through the others: it is left out of their labels.
          const { label, distance } = trainEigenfaces({
            faces: [...others, first!],
            labels: [...others.map((_, i) => i), -1],
          }).nearest(first!);
          expect(distance).toBeLessThan(1e-3);
          expect(label === -1 || others[label]!.every((level, p) => level === first![p])).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
    const { faces, labels } = generatedFaces(3, 1);
    const third = faces[2]!.slice();
    for (let p = 0; p < third.length; p++) third[p] = (faces[0]![p]! + faces[1]![p]!) / 2;
    const between = Math.hypot(...Array.from(third, (level, p) => level - faces[0]![p]!));
    const { distance } = trainEigenfaces({ faces, labels }).nearest(third);
    expect(distance).toBeCloseTo(between, -1);
  });

  test('one picture alone is nearest to everything, and nothing is far from it', () => {
    const { faces } = generatedFaces(2, 1);
    const recogniser = trainEigenfaces({ faces: faces.slice(0, 1), labels: [7] });
    expect(recogniser.nearest(faces[1]!)).toEqual({ label: 7, distance: 0 });
  });
});

describe('Fisherfaces', () => {
  test('one person alone, and one picture a person, are refused with the reason', () => {
    const { faces } = generatedFaces(1, 3);
    expect(() => trainFisherfaces({ faces, labels: [0, 0, 0] })).toThrow('two people');
    expect(() => trainFisherfaces(generatedFaces(3, 1))).toThrow('second picture');
  });

  test('pictures that differ in nothing within their people are refused with the reason', () => {
    const { faces } = generatedFaces(2, 1);
    const [a, b] = [faces[0]!, faces[1]!];
    expect(() => trainFisherfaces({ faces: [a, a, b, b], labels: [0, 0, 1, 1] })).toThrow(
      'the same one twice',
    );
    const { faces: some, labels } = generatedFaces(3, 3);
    const twice = some.with(1, some[0]!);
    expect(() => trainFisherfaces({ faces: twice, labels })).toThrow('the same one twice');
  });
});

describe('LBPH', () => {
  test('a bit is set where the neighbour is at least as light, from below towards the left', () => {
    // The circle's diagonal places lie between four pixels: 0.7071 of the way to the corner.
    const codeOf = (...face: number[]) => localBinaryPatterns(Uint8Array.from(face), 3)[0];
    expect(codeOf(0, 0, 0, 0, 0, 0, 0, 0, 0)).toBe(0b11111111);
    expect(codeOf(0, 0, 0, 0, 9, 0, 0, 0, 0)).toBe(0);
    expect(codeOf(0, 0, 0, 0, 9, 0, 0, 9, 0)).toBe(0b00000001);
    expect(codeOf(0, 0, 0, 9, 9, 0, 0, 0, 0)).toBe(0b00000100);
    expect(codeOf(0, 9, 0, 0, 9, 0, 0, 0, 0)).toBe(0b00010000);
    expect(codeOf(0, 0, 0, 0, 9, 9, 0, 0, 0)).toBe(0b01000000);
    // A corner alone must be light enough to outweigh its darker neighbours: half of the place's level is its own.
    expect(codeOf(0, 0, 0, 0, 9, 0, 16, 0, 0)).toBe(0);
    expect(codeOf(0, 0, 0, 0, 9, 0, 17, 0, 0)).toBe(0b00000010);
  });

  test('the distance of two pictures is twice the sum of squared differences over sums, cell by cell', () => {
    // 8 x 8 cells of 1 px: flat skin has code 255 everywhere, a falling one lacks the bits below.
    const flat = new Uint8Array(100).fill(100);
    const darkerBelow = Uint8Array.from({ length: 100 }, (_, p) => 200 - 10 * Math.floor(p / 10));
    const { distance } = trainLbph({ faces: [flat], labels: [0] }).nearest(darkerBelow);
    // In each of the 64 cells 1 against 0 for two codes: 2 (1 + 1).
    expect(distance).toBe(64 * 4);
  });
});
