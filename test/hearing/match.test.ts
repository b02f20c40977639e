import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { HeardVoice } from '../../hal/contract/voice-models.ts';
import { judgeVoice, nearestVoices, type VoiceGallery } from '../../src/hearing/match.ts';
import { thresholdAt, voiceLimits } from '../../src/hearing/threshold.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';

const { match } = (await readManifest({ shippedDir: shippedModelsDir, addedDir: 'none' })).voiceEmbedder();
const limits = voiceLimits(match, { decideAfterMs: 3_000 });

describe('the threshold', () => {
  test('of the shipped model is 0.84 at three seconds and 0.86 from seven on', () => {
    for (const [voicedMs, score] of [
      [1_000, 0.82],
      [1_600, 0.82],
      [3_000, 0.84],
      [7_000, 0.86],
      [60_000, 0.86],
    ] as const) {
      expect(thresholdAt(limits, voicedMs, 6)).toBeCloseTo(score, 10);
    }
    // Half way in the logarithm: the square root of 3 s times 7 s.
    expect(thresholdAt(limits, Math.sqrt(3_000 * 7_000), 6)).toBeCloseTo(0.85, 10);
  });

  test('never falls with more speech, nor with more people', () => {
    const length = fc.integer({ min: 100, max: 60_000 });
    const crowd = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(length, length, crowd, crowd, (aMs, bMs, few, many) => {
        const shorter = thresholdAt(limits, Math.min(aMs, bMs), Math.min(few, many));
        const longer = thresholdAt(limits, Math.max(aMs, bMs), Math.max(few, many));
        expect(longer).toBeGreaterThanOrEqual(shorter);
      }),
    );
  });

  test('is that of eight people for fewer, and 0.01 higher for thirteen', () => {
    expect(thresholdAt(limits, 7_000, 1)).toBe(thresholdAt(limits, 7_000, 8));
    expect(thresholdAt(limits, 7_000, 13) - thresholdAt(limits, 7_000, 8)).toBeCloseTo(0.01, 3);
  });

  test('of the configuration is that of seven seconds, whoever many there are', () => {
    const own = voiceLimits(match, { decideAfterMs: 3_000, threshold: 0.9, margin: 0.1 });
    expect(thresholdAt(own, 7_000, 100)).toBeCloseTo(0.9, 10);
    expect(thresholdAt(own, 3_000, 1)).toBeCloseTo(0.88, 10);
    expect(own.margin).toBe(0.1);
  });
});

/** Ana along the first axis, Ben along the second; their copies are along axes of their own. */
function gallery(subjectIds = ['ana', 'ben']): VoiceGallery {
  const embeddingLength = 5 * subjectIds.length;
  const centroids = new Float32Array(subjectIds.length * 5 * embeddingLength);
  for (let row = 0; row < 5 * subjectIds.length; row++) {
    const person = Math.floor(row / 5);
    const axis = person + subjectIds.length * (row % 5);
    centroids[row * embeddingLength + axis] = 1;
  }
  return { subjectIds, embeddingLength, centroids };
}

/** A probe with these cosines to the axes. */
function probe(...cosines: [axis: number, cosine: number][]): Float32Array {
  const embedding = new Float32Array(10);
  for (const [axis, cosine] of cosines) embedding[axis] = cosine;
  return embedding;
}

describe('the score of a person', () => {
  test('is the best of five, less what noise and reverberation cost', () => {
    const { penalties } = limits;
    const best = (axis: number) => nearestVoices(gallery(), probe([axis, 0.9]), penalties, 2)[0];
    expect(best(0)).toMatchObject({ subjectId: 'ana', score: expect.closeTo(0.9, 6) });
    // noise20, noise10, reverb300, reverb500 of Ben.
    expect(best(3)).toMatchObject({ subjectId: 'ben', score: expect.closeTo(0.9, 6) });
    expect(best(5)).toMatchObject({ subjectId: 'ben', score: expect.closeTo(0.87, 6) });
    expect(best(7)).toMatchObject({ subjectId: 'ben', score: expect.closeTo(0.9, 6) });
    expect(best(9)).toMatchObject({ subjectId: 'ben', score: expect.closeTo(0.87, 6) });
  });

  test('ranks people, and has nobody to rank in an empty gallery', () => {
    const ranked = nearestVoices(gallery(), probe([0, 0.5], [1, 0.6]), limits.penalties, 2);
    expect(ranked.map(({ subjectId }) => subjectId)).toEqual(['ben', 'ana']);
    const nobody = { subjectIds: [], embeddingLength: 0, centroids: new Float32Array(0) };
    expect(nearestVoices(nobody, probe(), limits.penalties, 2)).toEqual([]);
    expect(() => nearestVoices(gallery(), new Float32Array(3), limits.penalties, 2)).toThrow('3 numbers');
  });
});

const heardFor = (voicedMs: number, changes: Partial<HeardVoice> = {}): HeardVoice => ({
  voicedMs,
  levelDbfs: -25,
  clippedShare: 0,
  embedding: voicedMs < 1_600 ? null : new Float32Array(2),
  ...changes,
});

function judge(voicedMs: number, ana: number, ben: number, options: { held?: string } = {}) {
  const nearest = [
    { subjectId: 'ana', score: ana },
    { subjectId: 'ben', score: ben },
  ].sort((a, b) => b.score - a.score);
  return judgeVoice({ heard: heardFor(voicedMs), nearest, people: 2, held: options.held ?? null }, limits);
}

describe('a voice', () => {
  test('is known over the threshold with nobody else near, and the answer says with which numbers', () => {
    expect(judge(7_000, 0.91, 0.6)).toEqual({
      decision: 'known',
      subjectId: 'ana',
      score: 0.91,
      secondSubjectId: 'ben',
      secondScore: 0.6,
      voicedMs: 7_000,
      levelDbfs: -25,
      reason: 'ana is nearest at 0.910, over 0.860 for 7.00 s of speech; the next person at 0.600',
    });
  });

  test('is unknown under the threshold of its length', () => {
    expect(judge(3_000, 0.85, 0.6).decision).toBe('known');
    expect(judge(7_000, 0.85, 0.6)).toMatchObject({ decision: 'unknown', subjectId: null, score: 0.85 });
  });

  test('is unsure when a second person is as near', () => {
    expect(judge(7_000, 0.91, 0.87)).toMatchObject({
      decision: 'unsure',
      subjectId: null,
      reason: expect.stringContaining('ben is only 0.040 lower, less than 0.050'),
    });
  });

  test('of less than three seconds is reported with its scores, and names nobody', () => {
    expect(judge(2_990, 0.99, 0.1)).toMatchObject({
      decision: 'too-short',
      subjectId: null,
      score: 0.99,
      reason: '2.99 s of speech, 3.00 s are needed; ana is nearest at 0.990',
    });
  });

  test('is not there in silence, and not judged when the microphone is overdriven', () => {
    const judged = (heard: HeardVoice) => judgeVoice({ heard, nearest: [], people: 2, held: null }, limits);
    expect(judged(heardFor(0))).toMatchObject({ decision: 'no-speech', score: null });
    expect(judged(heardFor(500))).toMatchObject({ decision: 'too-short', score: null });
    expect(judged(heardFor(7_000, { clippedShare: 0.02 }))).toMatchObject({
      decision: 'too-loud',
      reason: '2.0 % of the samples are at full scale, more than 1 %',
    });
    expect(judged(heardFor(7_000))).toMatchObject({ decision: 'unknown', reason: 'nobody is enrolled' });
  });

  test('once named stays named a little under the limits, but is not named anew there', () => {
    expect(judge(7_000, 0.845, 0.6).decision).toBe('unknown');
    expect(judge(7_000, 0.845, 0.6, { held: 'ana' }).decision).toBe('known');
    expect(judge(7_000, 0.839, 0.6, { held: 'ana' }).decision).toBe('unknown');
    expect(judge(7_000, 0.91, 0.87, { held: 'ana' }).decision).toBe('known');
    expect(judge(7_000, 0.845, 0.6, { held: 'ben' }).decision).toBe('unknown');
    // Somebody else who speaks now has to be over the limits in full.
    expect(judge(7_000, 0.6, 0.85, { held: 'ana' }).decision).toBe('unknown');
  });

  test('is never given a name that the numbers do not carry', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), score, score, (voicedMs, ana, ben) => {
        const answer = judge(voicedMs, ana, ben);
        const carried =
          voicedMs >= 3_000 &&
          Math.max(ana, ben) >= thresholdAt(limits, voicedMs, 2) &&
          Math.abs(ana - ben) >= limits.margin;
        expect(answer.decision === 'known').toBe(carried);
        expect(answer.subjectId !== null).toBe(carried);
      }),
    );
  });
});
