import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Scene, type SceneInput } from '../../../hal/sim/scene.ts';

const walkThrough: SceneInput = {
  name: 'one person',
  durationMs: 20_000,
  people: [
    { subject: 'ada', entersAtMs: 1_000, stops: [{ distanceM: 1, stayMs: 3_000 }], walkingSpeedMps: 1 },
  ],
};

describe('scene', () => {
  test('brings a person in from the side, lets them stand, and takes them out again', () => {
    const scene = Scene.parse(walkThrough);
    const seen = (tMs: number) => scene.at(tMs).people.map((person) => person.subject);
    expect(seen(999)).toEqual([]);
    const arrivedMs = Array.from({ length: 50 }, (_, i) => 1_000 + i * 50).find(
      (tMs) => scene.at(tMs).people[0]?.visible === 1,
    );
    expect(arrivedMs).toBeGreaterThan(1_000);
    const standing = scene.at(3_000).people[0]!;
    expect(standing.box.x + standing.box.width / 2).toBeCloseTo(320, 6);
    // 63 mm at 1 m under a focal length of 320 px / tan 30 degrees
    expect(standing.eyeDistancePx).toBeCloseTo((0.063 * 320) / Math.tan(Math.PI / 6), 6);
    expect(seen(scene.emptyFromMs)).toEqual([]);
  });

  test('shows a person twice as near twice as large', () => {
    const at = (distanceM: number) =>
      Scene.parse({
        ...walkThrough,
        people: [{ subject: 'ada', entersAtMs: 0, from: 'here', stops: [{ distanceM, stayMs: 10 }] }],
      }).at(5).people[0]!;
    expect(at(1).box.width / at(2).box.width).toBeCloseTo(2, 9);
  });

  test('hides a person behind a nearer one', () => {
    const scene = Scene.parse({
      name: 'two in a row',
      durationMs: 1_000,
      people: [
        { subject: 'near', entersAtMs: 0, from: 'here', stops: [{ distanceM: 1, stayMs: 1_000 }] },
        { subject: 'far', entersAtMs: 0, from: 'here', stops: [{ distanceM: 2, stayMs: 1_000 }] },
      ],
    });
    expect(scene.at(500).people.map(({ subject, visible }) => [subject, visible])).toEqual([
      ['far', 0],
      ['near', 1],
    ]);
  });

  test('is a function of the time alone, in whatever order the times are asked for', () => {
    const people = Array.from({ length: 8 }, (_, i) => ({
      subject: `person ${i}`,
      entersAtMs: i * 700,
      stops: [{ distanceM: 1 + i / 10, stayMs: 500 }],
    }));
    const script = { name: 'coming and going', durationMs: 60_000, people };
    const scene = Scene.parse(script);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 15_000, noNaN: true }), (tMs) => {
        expect(scene.at(tMs)).toEqual(Scene.parse(script).at(tMs));
      }),
    );
  });

  test('switches the light at its times', () => {
    const scene = Scene.parse({ ...walkThrough, light: [{ fromMs: 5_000, level: 0.2 }] });
    expect([scene.lightAt(4_999), scene.lightAt(5_000)]).toEqual([1, 0.2]);
  });

  test('walks without jumps, and no faster than told', () => {
    fc.assert(
      fc.property(
        fc.record({
          from: fc.constantFrom('left' as const, 'right' as const, 'far' as const),
          to: fc.constantFrom('left' as const, 'right' as const, 'far' as const),
          walkingSpeedMps: fc.double({ min: 0.3, max: 3, noNaN: true }),
          stops: fc.array(
            fc.record({
              distanceM: fc.double({ min: 0.4, max: 4, noNaN: true }),
              lateralM: fc.double({ min: -1, max: 1, noNaN: true }),
              stayMs: fc.integer({ min: 0, max: 2_000 }),
            }),
            { minLength: 1, maxLength: 4 },
          ),
        }),
        (person) => {
          const scene = Scene.parse({
            name: 'walk',
            durationMs: 60_000,
            people: [{ subject: 'ada', entersAtMs: 0, ...person }],
          });
          let previous = scene.at(0).people[0];
          for (let tMs = 100; tMs < scene.emptyFromMs; tMs += 100) {
            const next = scene.at(tMs).people[0];
            if (previous !== undefined && next !== undefined) {
              const metres = Math.abs(next.distanceM - previous.distanceM);
              expect(metres).toBeLessThanOrEqual(person.walkingSpeedMps * 0.1 + 1e-9);
            }
            previous = next;
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('refuses a script with an unknown key, an unknown fault or a value out of range, and names it', () => {
    expect(() => Scene.parse({ ...walkThrough, lights: [] })).toThrow('lights');
    expect(() => Scene.parse({ ...walkThrough, faults: [{ fault: 'camera-gone', fromMs: 1 }] })).toThrow(
      'fault',
    );
    expect(() => Scene.parse({ ...walkThrough, faults: [{ fault: 'camera-frozen' }] })).toThrow('fromMs');
    expect(() => Scene.parse({ ...walkThrough, durationMs: -1 })).toThrow('durationMs');
  });
});
