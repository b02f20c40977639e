import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Scene, type SceneInput } from '../../../hal/sim/scene.ts';
import { roomDbfs } from '../../../hal/sim/scene-sounds.ts';

type Sounds = NonNullable<SceneInput['sounds']>;

const hearing = (sounds: Sounds) => Scene.parse({ name: 'sounds', durationMs: 60_000, sounds });
const speech = (subject: string, fromMs: number, untilMs: number, levelDbfs?: number) => ({
  kind: 'speech' as const,
  subject,
  fromMs,
  untilMs,
  ...(levelDbfs === undefined ? {} : { levelDbfs }),
});

describe('sounds of a scene', () => {
  test('are a quiet room where nothing is said', () => {
    const truth = hearing([speech('ada', 1_000, 2_000)]).heard(2_000, 3_000);
    expect(truth).toMatchObject({ levelDbfs: roomDbfs, speechMs: 0, voices: [], clippedShare: 0 });
  });

  test('tell who speaks in a stretch, who has most of it first, and how loud it is', () => {
    const scene = hearing([speech('ada', 1_000, 3_000), speech('bob', 3_500, 9_000)]);
    const truth = scene.heard(2_000, 5_000);
    expect(truth.voices).toEqual([
      { subject: 'bob', aloneMs: 1_500, togetherMs: 0 },
      { subject: 'ada', aloneMs: 1_000, togetherMs: 0 },
    ]);
    expect(truth.speechMs).toBe(2_500);
    // -26 dBFS by default, for five sixths of the time.
    expect(truth.levelDbfs).toBeCloseTo(-26 + 10 * Math.log10(5 / 6), 2);
    expect(truth.signalToNoiseDb).toBeCloseTo(46, 2);
  });

  test('let two speak at the same time, unless one drowns the other', () => {
    expect(hearing([speech('ada', 0, 2_000), speech('bob', 1_000, 3_000)]).heard(0, 3_000).voices).toEqual([
      { subject: 'ada', aloneMs: 1_000, togetherMs: 1_000 },
      { subject: 'bob', aloneMs: 1_000, togetherMs: 1_000 },
    ]);
    const drowned = hearing([speech('ada', 0, 2_000), speech('bob', 0, 2_000, -50)]).heard(0, 2_000);
    expect(drowned.voices).toEqual([{ subject: 'ada', aloneMs: 2_000, togetherMs: 0 }]);
    const twice = hearing([speech('ada', 0, 2_000), speech('ada', 0, 2_000)]).heard(0, 2_000);
    expect(twice.voices).toEqual([{ subject: 'ada', aloneMs: 2_000, togetherMs: 0 }]);
  });

  test('hide speech in noise that is louder', () => {
    const noise = { kind: 'noise' as const, fromMs: 1_000, untilMs: 2_000, levelDbfs: -20 };
    const truth = hearing([speech('ada', 0, 2_000), noise]).heard(0, 2_000);
    expect(truth.speechMs).toBe(1_000);
  });

  test('are overdriven when they are too loud, and only then', () => {
    expect(hearing([speech('ada', 0, 1_000)]).heard(0, 1_000).clippedShare).toBeLessThan(1e-6);
    expect(hearing([speech('ada', 0, 1_000, -6)]).heard(0, 1_000).clippedShare).toBeGreaterThan(0.02);
  });

  test('are the same however a stretch is cut: speech and energy add up', () => {
    const sound = fc
      .record({
        fromMs: fc.integer({ min: 0, max: 9_000 }),
        lastsMs: fc.integer({ min: 1, max: 5_000 }),
        subject: fc.constantFrom('ada', 'bob', 'eve'),
        levelDbfs: fc.integer({ min: -60, max: -20 }),
      })
      .map(({ fromMs, lastsMs, ...rest }) => ({
        ...rest,
        kind: 'speech' as const,
        fromMs,
        untilMs: fromMs + lastsMs,
      }));
    const cuts = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(sound, { maxLength: 6 }), cuts, (sounds, unsorted) => {
        const scene = hearing(sounds);
        const times = unsorted.sort((a, b) => a - b);
        const energy = (fromMs: number, untilMs: number) =>
          10 ** (scene.heard(fromMs, untilMs).levelDbfs / 10) * (untilMs - fromMs);
        let speechMs = 0;
        let energies = 0;
        for (const [index, fromMs] of times.slice(0, -1).entries()) {
          speechMs += scene.heard(fromMs, times[index + 1]!).speechMs;
          energies += energy(fromMs, times[index + 1]!);
        }
        const [first, last] = [times[0]!, times.at(-1)!];
        expect(scene.heard(first, last).speechMs).toBeCloseTo(speechMs, 6);
        expect(energy(first, last) / energies).toBeCloseTo(1, 9);
        expect(scene.heard(first, last)).toEqual(hearing(sounds).heard(first, last));
      }),
    );
  });

  test('must end after they begin, and have no key of another kind', () => {
    expect(() => hearing([speech('ada', 2_000, 2_000)])).toThrow('untilMs');
    const noise = { kind: 'noise', fromMs: 0, untilMs: 1, levelDbfs: -20, subject: 'ada' };
    const script = { name: 'wrong', durationMs: 1_000, sounds: [noise] };
    expect(() => Scene.parse(script)).toThrow('subject');
  });
});
