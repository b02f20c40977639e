import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  checkEnrolment,
  enrolGoal,
  enrolProgress,
  likenessOfHalves,
  type RecordingFacts,
  refuseRecording,
  sampleOf,
} from '../../src/hearing/enrol.ts';
import { copyKinds, copyOf } from '../../src/hearing/enrol-copies.ts';
import { voiceLimits } from '../../src/hearing/threshold.ts';
import type { DescribedRecording } from '../../src/hearing/voice-pipeline.ts';
import { goldenSignal } from './golden.ts';

/** A unit vector in the plane, at so many degrees. */
function at(degrees: number): Float32Array {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
}

function recording(change: Partial<DescribedRecording> = {}): DescribedRecording {
  return {
    voicedMs: 8_000,
    levelDbfs: -25,
    clippedShare: 0,
    speechToPauseDb: 25,
    windows: [0, 5, 10, 3].map(at),
    embeddings: [1, 2, 3, 4, 5].map(at),
    ...change,
  };
}

describe('a recording', () => {
  test('that is good is taken, also without a pause that tells the noise', () => {
    expect(refuseRecording(recording())).toBeUndefined();
    expect(refuseRecording(recording({ speechToPauseDb: null }))).toBeUndefined();
  });

  test.each([
    ['no-speech', { voicedMs: 0, levelDbfs: Number.NEGATIVE_INFINITY }, 'nobody speaks'],
    ['too-short', { voicedMs: 2_900 }, '2.9 s of speech, at least 3.0 s'],
    ['too-loud', { clippedShare: 0.01 }, '1.0 % of the samples are at full scale'],
    ['too-quiet', { levelDbfs: -60 }, '-60 dB of full scale'],
    ['too-noisy', { speechToPauseDb: 3 }, 'only 3 dB quieter'],
    ['two-speakers', { windows: [0, 5, 60, 65].map(at) }, 'as alike as 0.50'],
  ] as const)('is refused as %s with the number and its limit', (problem, change, reason) => {
    expect(refuseRecording(recording(change))).toEqual({ problem, reason: expect.stringContaining(reason) });
  });

  test('has two voices only when each of them fills more than one window', () => {
    expect(likenessOfHalves([0, 5, 60, 3].map(at))).toBeNull();
    expect(likenessOfHalves([0, 60].map(at))).toBeNull();
    expect(likenessOfHalves([])).toBeNull();
    // One after the other or in turns: the order does not matter.
    expect(likenessOfHalves([0, 60, 2, 62, 1, 61].map(at))).toBeCloseTo(0.5, 3);
  });
});

describe('the progress of an enrolment', () => {
  const facts = fc.record<RecordingFacts>({
    voicedMs: fc.integer({ min: 0, max: 60_000 }),
    levelDbfs: fc.integer({ min: -90, max: 0 }),
    clippedShare: fc.double({ min: 0, max: 0.02, noNaN: true }),
    speechToPauseDb: fc.option(fc.integer({ min: 0, max: 60 })),
  });

  test('never falls while somebody goes on speaking, and ends at 1', () => {
    const accepted = [recording({ voicedMs: 7_000 }), recording({ voicedMs: 7_000 })];
    let before = 0;
    for (let voicedMs = 0; voicedMs <= 7_000; voicedMs += 500) {
      const { share } = enrolProgress(accepted, recording({ voicedMs }));
      expect(share).toBeGreaterThanOrEqual(before);
      before = share;
    }
    expect(before).toBe(1);
    expect(enrolProgress([...accepted, recording()]).advice).toBe('this is enough');
  });

  test('lies between 0 and 1 and says what to do, whatever is heard', () => {
    fc.assert(
      fc.property(
        fc.array(facts, { maxLength: 6 }),
        fc.option(facts, { nil: undefined }),
        (accepted, current) => {
          const { share, advice } = enrolProgress(accepted, current);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          expect(advice.length).toBeGreaterThan(5);
        },
      ),
    );
  });

  test('says what is wrong with the sound now, and does not count it', () => {
    const accepted = [recording()];
    const loud = enrolProgress(accepted, recording({ clippedShare: 0.05 }));
    expect(loud).toMatchObject({
      recordings: 1,
      advice: expect.stringContaining('turn the microphone down'),
    });
    expect(enrolProgress(accepted, recording({ levelDbfs: -70 })).advice).toContain('nearer');
  });

  test('wants several recordings, not one long one', () => {
    const { share, advice } = enrolProgress([recording({ voicedMs: 60_000 })]);
    expect(share).toBeCloseTo(1 / enrolGoal.recordings, 6);
    expect(advice).toBe('2 more recordings, best on another day or from another distance');
  });
});

describe('an enrolment that is tried on itself', () => {
  const limits = voiceLimits(
    {
      thresholds: [{ voicedMs: 3_000, score: 0.9 }],
      margin: 0.05,
      people: 8,
      penalties: { noise20: 0, noise10: 0, reverb300: 0, reverb500: 0 },
    },
    { decideAfterMs: 3_000 },
  );
  const spoken = (degrees: number) => ({
    voicedMs: 7_000,
    embeddings: Array.from({ length: 5 }, () => at(degrees)),
  });
  const nobody = { subjectIds: [], embeddingLength: 2, centroids: new Float32Array(0) };
  const neighbour = (degrees: number) => ({
    subjectIds: ['ben'],
    embeddingLength: 2,
    centroids: Float32Array.from(Array.from({ length: 5 }, () => [...at(degrees)]).flat()),
  });

  test('has nothing to say about recordings that fit each other', () => {
    const checks = checkEnrolment([spoken(0), spoken(10), spoken(5)], nobody, limits);
    expect(checks.map(({ advice }) => advice)).toEqual([null, null, null]);
  });

  test('asks for more when a recording would not be recognised by the others', () => {
    const checks = checkEnrolment([spoken(0), spoken(4), spoken(45)], nobody, limits);
    expect(checks[2]).toMatchObject({ score: expect.closeTo(Math.cos((43 * Math.PI) / 180), 4) });
    expect(checks[2]!.advice).toContain('under 0.900: record more');
    expect(checks[0]!.advice).toBeNull();
  });

  test('names somebody else who is as near but for the margin', () => {
    const [first] = checkEnrolment([spoken(0), spoken(4)], neighbour(10), limits);
    expect(first!.confusableWith).toMatchObject({ subjectId: 'ben' });
    expect(first!.advice).toContain('ben sounds like it (0.985)');
    const [alone] = checkEnrolment([spoken(0)], neighbour(60), limits);
    expect(alone).toMatchObject({ score: null, confusableWith: null, advice: null });
  });

  test('is kept as its embeddings, one after the other', () => {
    expect([...sampleOf({ embeddings: [at(0), at(90)] })]).toEqual([...at(0), ...at(90)]);
  });
});

describe('a copy of a recording', () => {
  const energyOf = (samples: Float32Array) => samples.reduce((sum, x) => sum + x * x, 0);
  const difference = (a: Float32Array, b: Float32Array) => a.map((x, i) => x - b[i]!);

  test('has its noise at 20 and at 10 dB below', () => {
    const wave = goldenSignal();
    for (const [kind, belowDb] of [
      ['noise20', 20],
      ['noise10', 10],
    ] as const) {
      const noise = difference(copyOf(wave, kind), wave);
      expect(10 * Math.log10(energyOf(wave) / energyOf(noise))).toBeCloseTo(belowDb, 2);
    }
  });

  test('has the echo of a room behind each sound, falling by 60 dB in its time', () => {
    const click = new Float32Array(16_000);
    click[0] = 0.5;
    for (const [kind, decayS, energy] of [
      ['reverb300', 0.3, 0.49],
      ['reverb500', 0.5, 1],
    ] as const) {
      const heard = copyOf(click, kind);
      expect(heard[0]).toBeCloseTo(0.5, 5);
      expect(energyOf(heard.subarray(1, 32))).toBeLessThan(1e-12);
      expect(energyOf(heard.subarray(1)) / 0.25).toBeCloseTo(energy, 3);
      const first = energyOf(heard.subarray(32, 832));
      const later = energyOf(heard.subarray(decayS * 8_000, decayS * 8_000 + 800));
      expect(10 * Math.log10(first / later)).toBeWithin(24, 33);
      expect(energyOf(heard.subarray(decayS * 16_000 + 1))).toBeLessThan(1e-12);
    }
  });

  test('is the same each time, as long as the recording, and never over full scale', () => {
    fc.assert(
      fc.property(fc.constantFrom(...copyKinds), fc.integer({ min: 1, max: 20_000 }), (kind, length) => {
        const wave = Float32Array.from({ length }, (_, n) => Math.sin(n * n));
        const copy = copyOf(wave, kind);
        expect(copy).toHaveLength(length);
        expect(copy).toEqual(copyOf(wave, kind));
        expect(copy.every((x) => Math.abs(x) <= 1)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('of silence is silence', () => {
    for (const kind of copyKinds) expect(energyOf(copyOf(new Float32Array(1_000), kind))).toBe(0);
  });
});
