import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Random } from '../../hal/sim/random.ts';
import { figuresOf, type LengthFigures } from '../../src/lab/voices-figures.ts';
import { findSpeech } from '../../src/lab/voices-layout.ts';
import { OpenSetVoices } from '../../src/lab/voices-open-set.ts';
import { readRecordings } from '../../src/lab/voices-recordings.ts';
import { scoreOpenSet } from '../../src/lab/voices-score-open-set.ts';
import { splitVoices } from '../../src/lab/voices-split.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';
import { readSound } from '../../src/runtime/sound-input.ts';
import { skipReason, testData } from '../support/test-data.ts';

const speech = 'data/speech/librispeech';
const strangerCount = 50;

describe.skipIf(testData(speech) === undefined)(
  `six speakers of LibriSpeech and fifty strangers, three utterances enrolled${skipReason(speech)}`,
  () => {
    const { signal } = new AbortController();
    let voices: OpenSetVoices;
    let threeSeconds: LengthFigures;
    let sevenSeconds: LengthFigures;

    beforeAll(async () => {
      const { speakers, strangers } = await findSpeech(testData(speech)!);
      const folder = { speakers, strangers: strangers.slice(0, strangerCount) };
      const recordings = await readRecordings(folder, readSound, () => {}, signal);
      const random = Random.seeded(1);
      const draw = () => random.uniform();
      const split = splitVoices(recordings.speakers, recordings.strangers, draw);
      const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: '/nowhere' });
      voices = await OpenSetVoices.load(manifest.voiceEmbedder());
      const measuring = { lengthsS: [3, 7], progress: () => {} };
      const { scored } = await scoreOpenSet(split, voices, measuring, signal);
      threeSeconds = figuresOf(scored[0]!, draw);
      sevenSeconds = figuresOf(scored[1]!, draw);
    }, 240_000);

    afterAll(() => voices[Symbol.asyncDispose]());

    test('have an equal error rate of at most 0.5 % with 3 s and 0.2 % with 7 s', () => {
      const rates = [threeSeconds, sevenSeconds].map(({ verification }) => verification.at(-1)!);
      expect(rates.map(({ recordings }) => recordings)).toEqual([3, 3]);
      expect(rates[0]!.genuineTrials).toBeGreaterThan(150);
      expect(rates[1]!.genuineTrials).toBeGreaterThan(30);
      expect(rates[0]!.equalErrorRate).toBeLessThanOrEqual(0.005);
      expect(rates[1]!.equalErrorRate).toBeLessThanOrEqual(0.002);
    });

    test('are named, and no stranger is, at the default threshold of 7 s', () => {
      const { rule, atDefault } = sevenSeconds;
      expect(rule.threshold).toBeCloseTo(0.86, 9);
      expect(rule.margin).toBe(0.05);
      expect(atDefault.strangerPieces.of).toBeGreaterThan(30);
      expect(atDefault.strangerPieces.count).toBe(0);
      expect(atDefault.namedWrongly.count).toBe(0);
      expect(atDefault.namedRightly.count / atDefault.namedRightly.of).toBeGreaterThan(0.95);
    });

    test('are all told apart when one of them has to be named', () => {
      for (const { closedSet } of [threeSeconds, sevenSeconds]) expect(closedSet.count).toBe(closedSet.of);
    });
  },
);
