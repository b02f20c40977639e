import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { unitSum } from '../../src/models/unit.ts';
import { type FaceGallery, judgeMatch, nearestSubjects } from '../../src/vision/match.ts';

const limits = { threshold: 0.125, margin: 0.03 };

const unit = (length: number) =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length })
    .filter((values) => values.some((value) => Math.abs(value) > 0.01))
    .map((values) => unitSum([Float32Array.from(values)]));

function galleryOf(rows: readonly Float32Array[]): FaceGallery {
  const embeddingLength = rows[0]?.length ?? 0;
  const embeddings = new Float32Array(rows.length * embeddingLength);
  rows.forEach((row, index) => {
    embeddings.set(row, index * embeddingLength);
  });
  return { subjectIds: rows.map((_, index) => `s${index}`), embeddings, embeddingLength };
}

describe('matching', () => {
  test('finds the same people at the same distances as comparing with everybody and sorting', () => {
    const cases = fc.integer({ min: 1, max: 19 }).chain((length) =>
      fc.record({
        rows: fc.array(unit(length), { minLength: 0, maxLength: 40 }),
        probe: unit(length),
        count: fc.integer({ min: 1, max: 6 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ rows, probe, count }) => {
        const found = nearestSubjects(galleryOf(rows), probe, count);
        const naive = rows
          .map((row, index) => ({
            subjectId: `s${index}`,
            distance: row.reduce((sum, value, i) => sum + (value - probe[i]!) ** 2, 0),
          }))
          .sort((a, b) => a.distance - b.distance)
          .slice(0, count);
        expect(found.length).toBe(naive.length);
        found.forEach(({ distance }, i) => {
          expect(Math.abs(distance - naive[i]!.distance)).toBeLessThan(1e-12);
        });
        // Sums in another order may swap people who are equally far, but nobody else.
        found.forEach(({ subjectId }, i) => {
          if (subjectId === naive[i]!.subjectId) return;
          const other = naive.find((person) => person.subjectId === subjectId);
          const distance =
            other?.distance ??
            rows[Number(subjectId.slice(1))]!.reduce((s, v, k) => s + (v - probe[k]!) ** 2, 0);
          expect(Math.abs(distance - naive[i]!.distance)).toBeLessThan(1e-12);
        });
      }),
    );
  });

  test('names the nearest person within the threshold, with the numbers', () => {
    const match = judgeMatch(
      [
        { subjectId: 's1', distance: 0.08 },
        { subjectId: 's2', distance: 0.31 },
      ],
      limits,
    );
    expect(match).toEqual({
      decision: 'known',
      subjectId: 's1',
      distance: 0.08,
      secondSubjectId: 's2',
      secondDistance: 0.31,
      reason: 's1 is nearest at 0.080, within 0.125; the next person at 0.310',
    });
  });

  test('names nobody beyond the threshold', () => {
    const match = judgeMatch([{ subjectId: 's1', distance: 0.126 }], limits);
    expect([match.decision, match.subjectId]).toEqual(['unknown', null]);
    expect(match.reason).toBe('s1 is nearest at 0.126, farther than 0.125');
  });

  test('is unsure between two people who are nearly equally near', () => {
    const nearest = [
      { subjectId: 's1', distance: 0.1 },
      { subjectId: 's2', distance: 0.12 },
    ];
    expect(judgeMatch(nearest, limits)).toMatchObject({ decision: 'unsure', subjectId: null });
  });

  test('needs no margin where one person alone is enrolled', () => {
    expect(judgeMatch([{ subjectId: 's1', distance: 0.12 }], limits).decision).toBe('known');
  });

  test('knows nobody where nobody is enrolled', () => {
    const empty = { subjectIds: [], embeddings: new Float32Array(0), embeddingLength: 128 };
    expect(nearestSubjects(empty, new Float32Array(128), 3)).toEqual([]);
    expect(judgeMatch([], limits)).toMatchObject({ decision: 'unknown', reason: 'nobody is enrolled' });
  });

  test('refuses to compare embeddings of different lengths', () => {
    const gallery = galleryOf([new Float32Array(128).fill(0.1)]);
    expect(() => nearestSubjects(gallery, new Float32Array(512), 1)).toThrow(RangeError);
  });
});
