import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  bansAt,
  faceLine,
  nothingCalibrated,
  voiceLine,
  weighFace,
  weighShare,
  weighVoice,
} from '../../src/decide/calibration.ts';

const faces = faceLine(nothingCalibrated, 'any', 0.125);
const voices = voiceLine(nothingCalibrated, 'any');

describe('the default line of faces', () => {
  // Shares of own pictures and of strangers' between two distances, and the middle between these.
  test.each([
    [0.0997, 0.1178, 0.16, 9e-5],
    [0.1178, 0.1438, 0.102, 9e-4],
    [0.1438, 0.1795, 0.022, 9e-3],
  ])('says between %p and %p what was measured there', (from, to, own, strangers) => {
    expect(bansAt(faces, (from + to) / 2)).toBeCloseTo(Math.log10(own / strangers), 0.7);
  });

  test('says no more than the ends that were measured, however near or far', () => {
    expect(bansAt(faces, 0)).toBeCloseTo(Math.log10(0.698 / 1e-5), 1);
    expect(bansAt(faces, 4)).toBeCloseTo(Math.log10(0.018 / 0.99), 1);
  });
});

test('the default line of voices says at the threshold and above it what was measured there', () => {
  for (const [above, own, strangers] of [
    [-0.01, 0.012, 0.018],
    [0.01, 0.03, 0.011],
    [0.03, 0.06, 0.001],
  ] as const) {
    expect(Math.abs(bansAt(voices, above) - Math.log10(own / strangers))).toBeLessThan(0.4);
  }
  expect(bansAt(voices, 0.2)).toBe(2.5);
});

test('the more people are enrolled, the less the same distance says', () => {
  const near = { distance: 0.08, secondDistance: null };
  expect(weighFace(near, faces, 1)! - weighFace(near, faces, 100)!).toBeCloseTo(2, 9);
});

test('a second person who is nearly as near leaves little, however near both are', () => {
  expect(weighFace({ distance: 0.02, secondDistance: 0.03 }, faces, 2)).toBeCloseTo(0.54, 9);
  const voice = { score: 0.97, secondScore: 0.96, ownThreshold: 0.86 };
  expect(weighVoice(voice, voices)).toBeCloseTo(0.5, 9);
});

test('nothing is weighed where nothing was compared', () => {
  expect(weighFace({ distance: null, secondDistance: null }, faces, 3)).toBeUndefined();
  expect(weighVoice({ score: null, secondScore: null, ownThreshold: 0.86 }, voices)).toBeUndefined();
  expect(weighShare(null, 0.95)).toBeUndefined();
});

test('the share of the trained network says next to nothing: strangers have it, too', () => {
  expect(weighShare(0.999999, 0.95)).toBeLessThan(0.3);
});

test('another embedder’s distances keep their ratio to its threshold, and a line of its own replaces that', () => {
  const scaled = faceLine(nothingCalibrated, 'other', 0.5);
  expect(bansAt(scaled, 0.4)).toBeCloseTo(bansAt(faces, 0.1), 9);
  const own = { evenAt: 0.3, bansPerUnit: -10, leastBans: -1, mostBans: 2 };
  const calibrations = { faces: { other: own }, voices: { heard: own } };
  expect(faceLine(calibrations, 'other', 0.5)).toBe(own);
  expect(faceLine(calibrations, 'any', 0.125)).toEqual(faces);
  expect(voiceLine(calibrations, 'heard')).toBe(own);
});

test('nearer never says less, and a nearer second person never says more', () => {
  const distance = fc.double({ min: 0, max: 2, noNaN: true });
  fc.assert(
    fc.property(distance, distance, distance, fc.nat(10_000), (near, far, second, people) => {
      const [a, b] = near <= far ? [near, far] : [far, near];
      const weigh = (own: number, other: number | null) =>
        weighFace({ distance: own, secondDistance: other }, faces, people)!;
      expect(weigh(a, null)).toBeGreaterThanOrEqual(weigh(b, null));
      expect(weigh(a, a + second)).toBeLessThanOrEqual(weigh(a, null));
    }),
  );
});
