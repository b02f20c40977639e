import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { DetectedFace } from '../../hal/contract/face-models.ts';
import { FaceTracker } from '../../src/vision/track.ts';
import { faceAt } from './faces.ts';

const options = { lostAfterMs: 1_000, startScore: 0.55 };

/** A person who walks along a straight line. */
interface Walker {
  readonly x: number;
  readonly y: number;
  readonly eyeDistancePx: number;
  /** Pixels in a second. */
  readonly speedX: number;
  readonly speedY: number;
}

function facesOf(walkers: readonly Walker[], atMs: number): DetectedFace[] {
  return walkers.map(({ x, y, eyeDistancePx, speedX, speedY }) =>
    faceAt(x + (speedX * atMs) / 1000, y + (speedY * atMs) / 1000, eyeDistancePx),
  );
}

/** Whether a nearer person stands before half of the face. */
function isHidden(faces: readonly DetectedFace[], person: number): boolean {
  const own = faces[person]!;
  return faces.some((nearer) => {
    if (nearer.quality.eyeDistancePx <= own.quality.eyeDistancePx) return false;
    const a = nearer.box;
    const b = own.box;
    const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
    const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
    return width > 0 && height > 0 && width * height > 0.5 * b.width * b.height;
  });
}

describe('a track', () => {
  test('keeps its id while the face moves as people move', () => {
    fc.assert(
      fc.property(
        fc.record({
          x: fc.integer({ min: 0, max: 640 }),
          y: fc.integer({ min: 0, max: 480 }),
          eyeDistancePx: fc.integer({ min: 15, max: 150 }),
          // One and a half body widths a second.
          speedX: fc.integer({ min: -200, max: 200 }),
          speedY: fc.integer({ min: -50, max: 50 }),
        }),
        (walker) => {
          const tracker = new FaceTracker(options);
          for (let atMs = 0; atMs <= 2_000; atMs += 100) {
            const { tracked, lost } = tracker.update(facesOf([walker], atMs), atMs);
            expect(tracked.map(({ trackId }) => trackId)).toEqual([1]);
            expect(lost).toEqual([]);
          }
        },
      ),
    );
  });

  test('is never handed from one person in view to another without a doubt, however they cross', () => {
    const walker = fc.record({
      x: fc.integer({ min: 0, max: 640 }),
      y: fc.integer({ min: 150, max: 330 }),
      eyeDistancePx: fc.integer({ min: 25, max: 80 }),
      speedX: fc.integer({ min: -500, max: 500 }),
      speedY: fc.integer({ min: -60, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(walker, { minLength: 2, maxLength: 4 }), (walkers) => {
        const tracker = new FaceTracker(options);
        const owner = new Map<number, number>();
        let seenBefore: number[] = [];
        for (let atMs = 0; atMs < 3_000; atMs += 100) {
          const all = facesOf(walkers, atMs);
          const visible = walkers.map((_, person) => person).filter((person) => !isHidden(all, person));
          const { tracked } = tracker.update(
            visible.map((person) => all[person]!),
            atMs,
          );
          expect(tracked.length).toBe(visible.length);
          expect(new Set(tracked.map(({ trackId }) => trackId)).size).toBe(tracked.length);
          for (const { trackId, index, isNew, doubt } of tracked) {
            const person = visible[index]!;
            const before = owner.get(trackId);
            expect(isNew).toBe(before === undefined);
            // Who comes out from behind somebody at the very place of a face that goes has to be told by the face.
            const emerged = !seenBefore.includes(person);
            if (before !== undefined && before !== person && !emerged) expect(doubt).toBeDefined();
            owner.set(trackId, person);
          }
          seenBefore = visible;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('follows both of two people who pass each other', () => {
    const walkers = [
      { x: 100, y: 200, eyeDistancePx: 40, speedX: 150, speedY: 0 },
      { x: 500, y: 300, eyeDistancePx: 60, speedX: -150, speedY: 0 },
    ];
    const tracker = new FaceTracker(options);
    for (let atMs = 0; atMs < 3_000; atMs += 100) {
      const { tracked } = tracker.update(facesOf(walkers, atMs), atMs);
      expect(tracked.map(({ trackId }) => trackId)).toEqual([1, 2]);
    }
  });

  test('is doubted after a jump, where boxes touch, and after a gap', () => {
    const tracker = new FaceTracker(options);
    const doubts = (faces: DetectedFace[], atMs: number) =>
      tracker.update(faces, atMs).tracked.map(({ doubt }) => doubt);
    expect(doubts([faceAt(200, 200, 40)], 0)).toEqual([undefined]);
    expect(doubts([faceAt(205, 200, 40)], 100)).toEqual([undefined]);
    expect(doubts([faceAt(265, 200, 40)], 200)).toEqual(['jump']);
    expect(doubts([], 300)).toEqual([]);
    expect(doubts([faceAt(265, 200, 40)], 400)).toEqual(['gap']);
    expect(doubts([faceAt(265, 200, 40), faceAt(345, 210, 40)], 500)).toEqual(['overlap', undefined]);
  });

  test('is lost after its time and not before', () => {
    const tracker = new FaceTracker(options);
    tracker.update([faceAt(200, 200, 40)], 0);
    expect(tracker.update([], 999).lost).toEqual([]);
    expect(tracker.update([], 1_000).lost).toEqual([1]);
    expect(tracker.update([faceAt(200, 200, 40)], 1_100).tracked[0]).toMatchObject({
      trackId: 2,
      isNew: true,
    });
  });

  test('is not started by a weak detection, but followed through one', () => {
    const tracker = new FaceTracker(options);
    expect(tracker.update([faceAt(200, 200, 40, { score: 0.52 })], 0).tracked).toEqual([]);
    expect(tracker.update([faceAt(200, 200, 40, { score: 0.8 })], 100).tracked.length).toBe(1);
    expect(tracker.update([faceAt(201, 200, 40, { score: 0.52 })], 200).tracked[0]?.trackId).toBe(1);
  });
});
