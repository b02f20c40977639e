import { expect, test } from 'bun:test';
import { Random } from '../../../hal/sim/random.ts';
import { centroidsPerPerson } from '../../../src/hearing/match.ts';
import type { VoiceLimits } from '../../../src/hearing/threshold.ts';
import { calibrateVoices } from '../../../src/lab/calibrate/voices.ts';
import type { StoredVoice } from '../../../src/runtime/stored-voices.ts';

const thresholds = [{ voicedMs: 7_000, score: 0.8 }];
const limits: VoiceLimits = {
  margin: 0.03,
  thresholds,
  people: null,
  penalties: { noise20: 0, noise10: 0, reverb300: 0, reverb500: 0 },
  decideAfterMs: 1_500,
  own: { thresholds, people: null },
};

/** Recordings of somebody, each a little away from the voice; all copies are the recording itself. */
function voices(subjectId: string, seed: number, count: number, spread: number, from = seed): StoredVoice[] {
  const centre = Random.seeded(from);
  const values = Array.from({ length: 24 }, () => centre.uniform() - 0.5);
  const away = Random.seeded(1_000 + seed);
  return Array.from({ length: count }, () => {
    const moved = values.map((value) => value + spread * (away.uniform() - 0.5));
    const norm = Math.hypot(...moved);
    const unit = moved.map((value) => value / norm);
    return {
      subjectId,
      embedding: Float32Array.from({ length: centroidsPerPerson * 24 }, (_, i) => unit[i % 24]!),
      voicedMs: 7_000,
    };
  });
}

test('people whose voices differ are named as themselves, and are strangers to each other', () => {
  const enrolled = [...voices('ana', 1, 4, 0.1), ...voices('bea', 2, 4, 0.1), ...voices('cleo', 3, 1, 0.1)];
  expect(calibrateVoices(enrolled, [], limits)).toMatchObject({
    people: 3,
    recordings: 9,
    falseAccepts: { count: 0, of: 3 },
    falseRejects: { count: 0, of: 8 },
    confused: { count: 0, of: 8 },
  });
});

test('two with one voice pass for each other, and are not told apart', () => {
  const enrolled = [...voices('ana', 1, 3, 0.05), ...voices('twin', 2, 3, 0.05, 1)];
  const { falseAccepts, falseRejects } = calibrateVoices(enrolled, [], limits);
  expect(falseAccepts).toMatchObject({ count: 2, of: 2 });
  expect(falseRejects.count).toBeGreaterThan(3);
});

test('one recording, or one person, says nothing', () => {
  const one = calibrateVoices(voices('ana', 1, 1, 0), [], limits);
  expect([one.falseAccepts.of, one.falseRejects.of]).toEqual([0, 0]);
  expect(calibrateVoices([], [], limits).people).toBe(0);
});

test('with enough strangers a voice is weighed as it is measured; with one fewer it is said what is missing', () => {
  const enrolled = [1, 2, 3].flatMap((seed) => voices(`person ${seed}`, seed, 4, 0.3));
  const strangers = Array.from({ length: 27 }, (_, i) => {
    const [{ embedding, voicedMs }] = voices('', 50 + i, 1, 0) as [StoredVoice];
    return { person: `s${i}`, embedding: embedding.subarray(0, 24), voicedMs };
  });
  const { line, falseAccepts, missing } = calibrateVoices(enrolled, strangers, limits);
  expect(missing).toEqual([]);
  expect(falseAccepts.of).toBe(30);
  expect(line?.bansPerUnit).toBeGreaterThan(0);
  expect(line?.evenAt).toBeLessThan(0.1);
  expect(line?.mostBans).toBeCloseTo(1);
  const fewer = calibrateVoices(enrolled, strangers.slice(1), limits);
  expect(fewer.line).toBeNull();
  expect(fewer.missing.join()).toContain('29 strangers’ voices; 30 are needed');
});
