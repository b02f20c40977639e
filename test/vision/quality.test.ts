import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Point } from '../../hal/contract/face-models.ts';
import { enrolLimits, gate, probeLimits } from '../../src/vision/gate.ts';
import { measureChip, measuredSquare, measurePose, posePoints } from '../../src/vision/quality.ts';
import { faceAt } from './faces.ts';

const side = measuredSquare.sizePx;

function middleOf(level: (x: number, y: number) => number): Uint8Array {
  const middle = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) middle.fill(level(x, y), (y * side + x) * 3, (y * side + x + 1) * 3);
  }
  return middle;
}

describe('what is measured on the middle of a chip', () => {
  test('an even grey has its brightness, no contrast and no sharpness', () => {
    const { brightness, contrast, sharpness } = measureChip(middleOf(() => 100));
    expect(brightness).toBeCloseTo(100, 3);
    expect(contrast).toBeLessThan(0.05);
    expect(sharpness).toBeLessThan(0.01);
  });

  test('stripes two pixels wide have the deviation and the Laplacian that can be computed by hand', () => {
    const { brightness, contrast, sharpness } = measureChip(middleOf((x) => (x % 4 < 2 ? 80 : 120)));
    expect(brightness).toBeCloseTo(100, 0);
    expect(contrast).toBeCloseTo(20, 0);
    // Every pixel has one neighbour of the other stripe: its Laplacian is 40 or -40.
    expect(sharpness).toBeCloseTo(1_600, -1);
  });

  test('the pixels around it count as neighbours only', () => {
    const edge = (at: number) => at === 0 || at === side - 1;
    const { brightness, sharpness } = measureChip(middleOf((x, y) => (edge(x) || edge(y) ? 255 : 100)));
    expect(brightness).toBe(100);
    expect(sharpness).toBeGreaterThan(100);
  });

  test('weights the colours as the eye does', () => {
    const chip = new Uint8Array(side * side * 3);
    for (let i = 0; i < chip.length; i += 3) chip.set([200, 100, 50], i);
    expect(measureChip(chip).brightness).toBeCloseTo(0.299 * 200 + 0.587 * 100 + 0.114 * 50, 3);
  });
});

describe('the pose', () => {
  test('follows a turn of the picture and is indifferent to its size', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -60, max: 60, noNaN: true }),
        fc.double({ min: 10, max: 200, noNaN: true }),
        fc.double({ min: -0.8, max: 0.8, noNaN: true }),
        (rollDeg, eyeDistancePx, yawRatio) => {
          const turn = (rollDeg * Math.PI) / 180;
          const at = (along: number, across: number): Point => [
            300 + eyeDistancePx * (along * Math.cos(turn) - across * Math.sin(turn)),
            200 + eyeDistancePx * (along * Math.sin(turn) + across * Math.cos(turn)),
          ];
          const pose = measurePose({ leftEye: at(-0.5, 0), rightEye: at(0.5, 0), nose: at(yawRatio, 0.6) });
          expect(pose.eyeDistancePx).toBeCloseTo(eyeDistancePx, 6);
          expect(pose.rollDeg).toBeCloseTo(rollDeg, 6);
          expect(pose.yawRatio).toBeCloseTo(yawRatio, 6);
        },
      ),
    );
  });

  test('is read from the eyes and the nose tip of 68 points', () => {
    const points: Point[] = Array.from({ length: 68 }, () => [0, 0]);
    for (let i = 36; i < 42; i++) points[i] = [100 + (i % 2), 50];
    for (let i = 42; i < 48; i++) points[i] = [160 + (i % 2), 52];
    points[30] = [131, 80];
    expect(posePoints(points)).toEqual({ leftEye: [100.5, 50], rightEye: [160.5, 52], nose: [131, 80] });
  });
});

describe('the gate', () => {
  const cases = [
    [{ eyeDistancePx: 17.4 }, 'too-small', 'eyes 17 px apart, at least 18'],
    [{ brightness: 20 }, 'too-dark', 'brightness 20, at least 25'],
    [{ brightness: 230 }, 'too-bright', 'brightness 230, at most 215'],
    [{ contrast: 6.04 }, 'low-contrast', 'contrast 6.0, at least 8'],
    [{ sharpness: 2.2 }, 'blurred', 'sharpness 2.2, at least 4'],
    [{ yawRatio: -0.5 }, 'turned', 'head turned by 0.50, at most 0.45'],
    [{ rollDeg: 40 }, 'turned', 'head tilted by 40 degrees, at most 35'],
  ] as const;
  for (const [quality, decision, reason] of cases) {
    test(`says ${decision} with the number and its limit: ${reason}`, () => {
      expect(gate(faceAt(300, 200, 60, { quality }), probeLimits)).toEqual({ decision, reason });
    });
  }

  test('says no-face where the detector hardly believes it', () => {
    expect(gate(faceAt(300, 200, 60, { score: 0.52 }), probeLimits)).toEqual({
      decision: 'no-face',
      reason: 'detector score 0.52, at least 0.55',
    });
  });

  test('lets a good face through, and asks more of one that is kept', () => {
    expect(gate(faceAt(300, 200, 60), probeLimits)).toBeUndefined();
    expect(gate(faceAt(300, 200, 60), enrolLimits)).toBeUndefined();
    expect(gate(faceAt(300, 200, 30), probeLimits)).toBeUndefined();
    expect(gate(faceAt(300, 200, 30), enrolLimits)?.decision).toBe('too-small');
    expect(gate(faceAt(300, 200, 60, { score: 0.8 }), enrolLimits)?.decision).toBe('no-face');
  });
});
