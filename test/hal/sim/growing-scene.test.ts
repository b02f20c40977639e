import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Scene } from '../../../hal/sim/scene.ts';
import { personSchema } from '../../../hal/sim/scene-path.ts';

const emptyScene = () => Scene.parse({ name: 'test', durationMs: 60_000 });
const standing = (subject: string, entersAtMs: number) =>
  personSchema.parse({
    subject,
    entersAtMs,
    from: 'here',
    to: 'here',
    stops: [{ distanceM: 1, stayMs: 0 }],
  });
const forEver = (subject: string, entersAtMs: number) => {
  const person = standing(subject, entersAtMs);
  return { ...person, stops: person.stops.map((stop) => ({ ...stop, stayMs: Number.POSITIVE_INFINITY })) };
};
const subjectsAt = (scene: Scene, tMs: number) => scene.at(tMs).people.map(({ subject }) => subject);

describe('a scene that grows while it plays', () => {
  test('shows somebody who comes until they leave', () => {
    const scene = emptyScene();
    const ana = scene.enter(forEver('ana', 1_000));
    expect(subjectsAt(scene, 999)).toEqual([]);
    expect(subjectsAt(scene, 50_000)).toEqual(['ana']);
    scene.leave(ana, 50_000, 'here');
    expect(subjectsAt(scene, 49_999)).toEqual(['ana']);
    expect(subjectsAt(scene, 50_000)).toEqual([]);
  });

  test('lets somebody walk on at their speed, and turn at once', () => {
    const scene = emptyScene();
    const ana = scene.enter(forEver('ana', 0));
    scene.turn(ana, 1_000, { distanceM: 2.2 });
    expect(scene.at(1_500).people[0]?.distanceM).toBeCloseTo(1.6, 9);
    expect(scene.at(9_000).people[0]?.distanceM).toBe(2.2);
    scene.turn(ana, 9_000, { yawDeg: 40 });
    expect(scene.at(9_000).people[0]?.yawDeg).toBe(40);
  });

  test('lets somebody walk out of the picture', () => {
    const scene = emptyScene();
    const ana = scene.enter(forEver('ana', 0));
    scene.leave(ana, 1_000, 'right');
    expect(scene.at(1_300).people[0]?.box.x).toBeGreaterThan(scene.at(1_000).people[0]?.box.x ?? 0);
    expect(subjectsAt(scene, 4_000)).toEqual([]);
  });

  test('refuses to move who is not there', () => {
    const scene = emptyScene();
    const ana = scene.enter(forEver('ana', 1_000));
    expect(() => scene.leave(ana, 500, 'here')).toThrow(RangeError);
    expect(() => scene.turn(7, 2_000, { yawDeg: 1 })).toThrow(RangeError);
  });

  test('plays sounds and changes the light from the time they are added', () => {
    const scene = emptyScene();
    expect(scene.heard(0, 100).speechMs).toBe(0);
    scene.sound({ kind: 'speech', subject: 'ana', fromMs: 100, untilMs: 300, levelDbfs: -26 });
    scene.shine(200, 0.1);
    expect(scene.heard(0, 100).speechMs).toBe(0);
    expect(scene.heard(100, 400).speechMs).toBe(200);
    expect([scene.lightAt(199), scene.lightAt(200)]).toEqual([1, 0.1]);
  });

  test('is the same before an addition as without it', () => {
    const time = fc.integer({ min: 0, max: 30_000 });
    fc.assert(
      fc.property(time, time, time, (comesMs, laterMs, againMs) => {
        const turnsMs = comesMs + 1 + laterMs;
        const leavesMs = turnsMs + 1 + againMs;
        const times = [0, comesMs, turnsMs - 1, turnsMs, leavesMs - 1];
        const scene = emptyScene();
        const ana = scene.enter(forEver('ana', comesMs));
        scene.turn(ana, turnsMs, { distanceM: 3, lateralM: 0.5 });
        const before = times.map((tMs) => scene.at(tMs));
        scene.leave(ana, leavesMs, 'left');
        scene.enter(forEver('bea', leavesMs));
        const after = times.map((tMs) => scene.at(tMs));
        for (const [i, view] of before.entries()) {
          expect(after[i]?.people.length).toBe(view.people.length);
          for (const [j, person] of view.people.entries()) {
            expect(after[i]?.people[j]?.distanceM).toBeCloseTo(person.distanceM, 9);
            expect(after[i]?.people[j]?.box.x).toBeCloseTo(person.box.x, 6);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('forgets what was over long ago, and nothing else', () => {
    const scene = emptyScene();
    scene.enter(standing('ana', 1_000));
    scene.enter(forEver('bea', 2_000));
    scene.shine(0, 0.5);
    scene.shine(3_000, 2);
    scene.sound({ kind: 'noise', fromMs: 0, untilMs: 50, levelDbfs: -30 });
    scene.forgetBefore(10_000);
    expect(subjectsAt(scene, 10_000)).toEqual(['bea']);
    expect(scene.lightAt(10_000)).toBe(2);
    expect(scene.soundsBetween(0, 100)).toEqual([]);
  });
});
