import { describe, expect, test } from 'bun:test';
import { Identity, type IdentityLimits } from '../../src/vision/identity.ts';
import type { FaceGallery } from '../../src/vision/match.ts';

const limits: IdentityLimits = {
  threshold: 0.125,
  margin: 0.03,
  framesToDecide: 3,
  doubtDistance: 0.14,
  replaceDistance: 0.18,
};

/** A unit vector in the plane at a squared distance from (1, 0), to one side or the other. */
function at(distance: number, side: 1 | -1 = 1): Float32Array {
  const x = 1 - distance / 2;
  return Float32Array.of(x, side * Math.sqrt(1 - x * x));
}

const gallery: FaceGallery = {
  subjectIds: ['ann', 'ben'],
  embeddings: Float32Array.of(...at(0), ...at(0.16)),
  embeddingLength: 2,
};

function decided(): Identity {
  const identity = new Identity(limits, gallery, at(0.001));
  identity.take(at(0.001, -1), gallery, false);
  identity.take(at(0), gallery, false);
  return identity;
}

describe('who a track is', () => {
  test('is said after three frames, from their mean', () => {
    const identity = new Identity(limits, gallery, at(0.02, -1));
    expect(identity.match).toMatchObject({
      decision: 'unsure',
      subjectId: null,
      distance: expect.closeTo(0.02, 4),
    });
    identity.take(at(0.02), gallery, false);
    expect(identity.match.decision).toBe('unsure');
    identity.take(at(0), gallery, false);
    expect(identity.match).toMatchObject({
      decision: 'known',
      subjectId: 'ann',
      distance: expect.closeTo(0, 4),
    });
    expect(identity.frames).toBe(3);
    expect(identity.undecided).toBe(false);
  });

  test('is not said while the newest frame does not fit, and said again when the next one does', () => {
    const identity = decided();
    expect(identity.take(at(0.15, -1), gallery, false)).toBe('doubted');
    expect(identity.match).toMatchObject({
      decision: 'unsure',
      subjectId: null,
      reason: 'the face in the newest frame does not fit those before it',
    });
    expect(identity.undecided).toBe(true);
    expect(identity.take(at(0.01), gallery, false)).toBe('accepted');
    expect(identity.match).toMatchObject({ decision: 'known', subjectId: 'ann' });
    // The frame that did not fit is not in the mean.
    expect(identity.frames).toBe(4);
  });

  test('is over when two frames in a row do not fit, or one that the tracker doubted', () => {
    const twice = decided();
    twice.take(at(0.15, -1), gallery, false);
    expect(twice.take(at(0.15, -1), gallery, false)).toBe('replaced');
    expect(decided().take(at(0.15, -1), gallery, true)).toBe('replaced');
  });

  test('is over at once when the face is certainly another one', () => {
    expect(decided().take(at(0.19, -1), gallery, false)).toBe('replaced');
  });

  test('is doubted when the newest frame alone matches another enrolled person', () => {
    const identity = decided();
    // Near enough to the mean to fit, but nearer to Ben.
    expect(identity.take(at(0.13), gallery, false)).toBe('doubted');
    expect(identity.take(at(0.13), gallery, false)).toBe('replaced');
  });

  test('follows a face that changes slowly, and forgets how it was long ago', () => {
    const identity = decided();
    for (let i = 0; i < 60; i++) expect(identity.take(at(0.11, -1), gallery, false)).toBe('accepted');
    expect(identity.nearest[0]!.distance).toBeCloseTo(0.11, 2);
  });
});
