import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { readSoundFile, soundExtensions } from '../../../hal/linux/sound-file.ts';
import { type TrainedVoicesFiles, trainVoices } from '../../../src/hearing/train/train-voices.ts';
import { buzz, madeAudios } from './made-audios.ts';

setDefaultTimeout(60_000);
let folder: string;
let trained: Trained;

beforeAll(async () => {
  const pauses = buzz(420, 6).fill(0, 16_000, 40_000);
  folder = madeAudios({
    'train/Ana1.wav': buzz(150, 4),
    'train/Ana2.wav': buzz(150, 1.6),
    'train/Bea1.wav': buzz(420, 4.5),
    'train/Bea2.wav': pauses,
    'validation/Ana1.wav': buzz(150, 4.2),
    'validation/Bea1.wav': buzz(420, 1.3),
  });
  trained = await train(2_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Trained extends TrainedVoicesFiles {
  readonly warnings: readonly string[];
  readonly told: readonly { step: string; done: number; total: number | undefined; note: string }[];
}

async function train(pieceMs: number): Promise<Trained> {
  const warnings: string[] = [];
  const told: Trained['told'][number][] = [];
  const files = await trainVoices(
    {
      ...{ folder, pieceMs, seed: 1, epochs: 15, patience: 15, compare: false },
      read: (path, wait) => readSoundFile(path, wait),
      extensions: soundExtensions,
      progress: (step, done, total, note) => told.push({ step, done, total, note }),
      warn: (warning) => warnings.push(warning),
    },
    new AbortController().signal,
  );
  return { ...files, warnings, told };
}

test('recordings shorter than a piece are named once', () => {
  expect(trained.warnings.filter((warning) => warning.includes('shorter'))).toEqual([
    'train/Ana2.wav and 1 more: shorter than the 2 s that are heard at once, and features change with the length; record more at a time',
  ]);
});

test('a recording with silent pieces is named, and they are not learnt', () => {
  const hopSeconds = (2 * 2) / 7;
  // Whole pieces within 6 s, and those of them that lie in the pause from 2 to 5 s.
  const starts = Array.from({ length: Math.floor(4 / hopSeconds) + 1 }, (_, i) => i * hopSeconds);
  const silent = starts.filter((start) => start >= 2 && start + 2 <= 5).length;
  expect(trained.warnings.filter((warning) => warning.includes('silent'))).toEqual([
    `train/Bea2.wav: ${silent} of its ${starts.length} pieces are silent and left out`,
  ]);
});

test('accuracy is of pieces and of recordings, each with an interval, and the confusion adds up', () => {
  const { accuracy, confusion, training } = trained.description;
  expect(accuracy.pieces).toMatchObject({ count: 3, of: 3, high: 1 });
  expect(accuracy.recordings).toMatchObject({ count: 2, of: 2, high: 1 });
  expect(accuracy.pieces.low).toBeGreaterThan(accuracy.recordings.low);
  expect(confusion).toEqual([
    [2, 0],
    [0, 1],
  ]);
  expect(training.validationPieces).toBe(3);
});

test('recordings, features and epochs are told in turn, epochs with their losses', () => {
  const { told } = trained;
  const steps = [...new Set(told.map(({ step }) => step))];
  expect(steps).toEqual(['checking recordings', 'computing features', 'training']);
  expect(told.at(-1)).toMatchObject({ done: 15, total: 15 });
  expect(told.at(-1)?.note).toMatch(/^\d+ % of validation right, loss [\d.e-]+, validation [\d.e-]+$/);
});

test('when all recordings are shorter, the length that would fit is said', async () => {
  const { warnings } = await train(7_000);
  expect(warnings.find((warning) => warning.includes('shorter'))).toEndWith(
    'record more at a time, or train with --piece-seconds 1',
  );
});
