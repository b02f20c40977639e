import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { Random } from '../../hal/sim/random.ts';
import { leastRecordings } from '../../src/lab/voices-layout.ts';
import { cutPieces, enrolmentsInTurn, type Person, splitVoices } from '../../src/lab/voices-split.ts';

/** Recordings are named after who made them, so that a mix-up shows. */
const people = (prefix: string, least: number) =>
  fc.array(fc.integer({ min: least, max: 12 }), { minLength: 2, maxLength: 8 }).map((counts) =>
    counts.map(
      (count, i): Person<string> => ({
        person: `${prefix}${i}`,
        recordings: Array.from({ length: count }, (_, j) => `${prefix}${i}-${j}`),
      }),
    ),
  );

test('what is tried was never trained on, and every recording is used', () => {
  fc.assert(
    fc.property(people('s', leastRecordings), people('x', 1), fc.integer(), (speakers, strangers, seed) => {
      const split = splitVoices(speakers, strangers, randomOf(seed));
      for (const [i, { person, recordings, training, validation, test }] of split.speakers.entries()) {
        expect(person).toBe(speakers[i]!.person);
        expect(recordings.toSorted()).toEqual(speakers[i]!.recordings.toSorted());
        expect([...training, ...validation, ...test]).toEqual([...recordings]);
        for (const part of [training, validation, test]) expect(part.length).toBeGreaterThan(0);
      }
    }),
  );
});

test('what is tried was never enrolled, and nothing is enrolled twice', () => {
  fc.assert(
    fc.property(people('s', leastRecordings), fc.integer({ min: 1, max: 3 }), (speakers, utterances) => {
      const turns = enrolmentsInTurn(speakers, utterances);
      expect(turns.length).toBeGreaterThan(0);
      for (const [i, { recordings }] of speakers.entries()) {
        for (const turn of turns) {
          const { enrolled, probes } = turn[i]!;
          expect(enrolled).toHaveLength(utterances);
          expect([...enrolled, ...probes].toSorted()).toEqual(recordings.toSorted());
        }
        const everEnrolled = turns.flatMap((turn) => turn[i]!.enrolled);
        expect(new Set(everEnrolled).size).toBe(everEnrolled.length);
      }
    }),
  );
});

test('thresholds are fitted on half of the people, and the other half is as large', () => {
  fc.assert(
    fc.property(people('s', leastRecordings), people('x', 1), fc.integer(), (speakers, strangers, seed) => {
      const split = splitVoices(speakers, strangers, randomOf(seed));
      for (const group of [split.speakers, split.strangers]) {
        const first = group.filter(({ half }) => half === 0).length;
        expect(first - (group.length - first)).toBeWithin(0, 2);
      }
      expect(split.strangers.map(({ person }) => person)).toEqual(strangers.map(({ person }) => person));
    }),
  );
});

test('the same seed divides alike, another one differently', () => {
  const speakers = Array.from({ length: 6 }, (_, i) => ({
    person: `s${i}`,
    recordings: Array.from({ length: 10 }, (_, j) => `s${i}-${j}`),
  }));
  const of = (seed: number) => splitVoices(speakers, [], randomOf(seed));
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});

test('pieces are as long as asked and none overlaps another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 40 }), (samples, length) => {
      const sound = Float32Array.from({ length: samples }, (_, i) => i);
      const pieces = cutPieces(sound, length);
      expect(pieces.every((piece) => piece.length === length)).toBe(true);
      expect(pieces.flatMap((piece) => [...piece])).toEqual([...sound].slice(0, pieces.length * length));
      expect(samples - pieces.length * length).toBeLessThan(length);
    }),
  );
});

function randomOf(seed: number): () => number {
  const random = Random.seeded(seed);
  return () => random.uniform();
}
