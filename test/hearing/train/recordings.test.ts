import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSoundFile, soundExtensions } from '../../../hal/linux/sound-file.ts';
import { findAudios } from '../../../src/hearing/train/audios.ts';
import { cutRecording } from '../../../src/hearing/train/pieces.ts';
import { checkRecordings } from '../../../src/hearing/train/recordings.ts';
import { splitRecordings, type TrainingSplit } from '../../../src/hearing/train/split.ts';
import { buzz, madeAudios } from './made-audios.ts';

const { signal } = new AbortController();
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Files = Parameters<typeof madeAudios>[0];

/** Finds, checks and divides, as training does. */
async function prepare(files: Files | string, seed = 1): Promise<TrainingSplit> {
  const folder = typeof files === 'string' ? files : madeAudios(files);
  folders.push(folder);
  const audios = await findAudios(folder, soundExtensions, signal);
  const { recordings, warnings } = await checkRecordings(
    folder,
    audios.files,
    (path, wait) => readSoundFile(path, wait),
    () => undefined,
    signal,
  );
  const split = splitRecordings(recordings, audios.validated, seed);
  return { ...split, warnings: [...audios.warnings, ...warnings, ...split.warnings] };
}

async function refusalOf(files: Files | string): Promise<string> {
  try {
    await prepare(files);
  } catch (error) {
    if (error instanceof Error && error.name === 'TrainingInputError') return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

const two: Files = {
  'train/Ana1.wav': buzz(200, 2),
  'train/Bea1.wav': buzz(300, 2),
  'validation/Ana1.wav': buzz(200, 1.5),
  'validation/Bea1.wav': buzz(300, 1.5),
};

describe('whose recording it is', () => {
  test('the file says, without its number, or the folder does; spellings that differ in case are one person', async () => {
    const { recordings, labels } = await prepare({
      'train/Ana1.wav': buzz(200, 1.1),
      'train/ana12.wav': buzz(200, 1.2),
      'train/Bea/monday.wav': buzz(300, 1.3),
      'train/Bea/old/tuesday.wav': buzz(300, 1.4),
      'train/Cleox.wav': buzz(400, 1.5),
      'validation/Bea3.wav': buzz(300, 1.6),
    });
    expect(labels).toEqual(['Ana', 'Bea', 'Cleo']);
    expect(recordings.map(({ path, label }) => [path, label])).toEqual([
      ['train/Ana1.wav', 'Ana'],
      ['train/Bea/monday.wav', 'Bea'],
      ['train/Bea/old/tuesday.wav', 'Bea'],
      ['train/Cleox.wav', 'Cleo'],
      ['train/ana12.wav', 'Ana'],
      ['validation/Bea3.wav', 'Bea'],
    ]);
  });

  test('a file without a name is asked for', async () => {
    expect(await refusalOf({ ...two, 'train/7.wav': buzz(250, 2) })).toContain(
      'train/7.wav: whose voice is it?',
    );
  });

  test('what is no sound file is passed over and said; hidden files are not', async () => {
    const { warnings } = await prepare({ ...two, 'train/notes.txt': 'hello', 'train/._Ana1.wav': 'x' });
    expect(warnings.filter((warning) => warning.includes('passed over'))).toEqual([
      'train/notes.txt is passed over: it is no WAV, FLAC, OGG or MP3 file',
    ]);
  });
});

describe('links', () => {
  test('are followed: train, a speaker and a recording may lie elsewhere', async () => {
    const elsewhere = madeAudios({
      'a/Ana1.wav': buzz(200, 2),
      'a/Ana2.wav': buzz(200, 2.5),
      'Bea/monday.wav': buzz(300, 2),
      'Bea/tuesday.wav': buzz(300, 2.5),
      'x.wav': buzz(400, 2),
    });
    const folder = mkdtempSync(join(tmpdir(), 'vigil-audios-'));
    folders.push(elsewhere);
    symlinkSync(join(elsewhere, 'a'), join(folder, 'train'));
    symlinkSync(join(elsewhere, 'Bea'), join(elsewhere, 'a/Bea'));
    symlinkSync(join(elsewhere, 'x.wav'), join(elsewhere, 'a/Cleo1.wav'));
    const { labels, recordings } = await prepare(folder);
    expect(labels).toEqual(['Ana', 'Bea', 'Cleo']);
    expect(recordings).toHaveLength(5);
  });

  test('to nothing, and in a circle, are refused by name: a speaker would be left out', async () => {
    const folder = madeAudios(two);
    symlinkSync('/nonexistent/Cleo', join(folder, 'train/Cleo'));
    symlinkSync('Dora1.wav', join(folder, 'validation/Dora1.wav'));
    const message = await refusalOf(folder);
    expect(message).toContain('train/Cleo: it is not there');
    expect(message).toContain('validation/Dora1.wav: its links go in a circle');
  });
});

describe('folders that are not as they should be are said, with what to make', () => {
  test('none at all', async () => {
    expect(await refusalOf('/nonexistent/audios')).toMatch(
      /^\/nonexistent\/audios is not there .*DIR\/train and DIR\/validation.*Ana1\.wav/,
    );
  });

  test('without train', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'vigil-audios-'));
    expect(await refusalOf(empty)).toContain("has no folder 'train'");
  });

  test('without a recording', async () => {
    expect(await refusalOf({ 'train/readme.txt': 'x' })).toContain('train has no recording');
    const { 'train/Ana1.wav': ana, 'train/Bea1.wav': bea } = two;
    const noValidation = { 'train/Ana1.wav': ana!, 'train/Bea1.wav': bea!, 'validation/notes.txt': 'x' };
    expect(await refusalOf(noValidation)).toContain('validation has no recording');
  });
});

describe('recordings that are no use are all named at once', () => {
  const cases: [what: string, content: Float32Array | string, problem: RegExp][] = [
    ['an empty file', '', /train\/Cleo1\.wav: is empty/],
    ['no sound file', 'not a sound file at all', /train\/Cleo1\.wav: is no sound file/],
    ['a header without sound', 'RIFF1234WAVE', /train\/Cleo1\.wav: /],
    ['under a second', buzz(400, 0.9), /train\/Cleo1\.wav: 0\.90 s of sound, at least 1 s/],
    ['digital silence', new Float32Array(16_000), /train\/Cleo1\.wav: digital silence/],
    ['a constant offset', new Float32Array(16_000).fill(0.25), /train\/Cleo1\.wav: digital silence/],
    ['next to nothing', buzz(400, 2, 0.0005), /train\/Cleo1\.wav: -\d+ dB of full scale/],
    ['a square at full scale', buzz(400, 2).map(Math.sign), /train\/Cleo1\.wav: clipped: \d/],
  ];
  test.each(cases)('%s', async (_, content, problem) => {
    const message = await refusalOf({ ...two, 'train/Cleo1.wav': content, 'train/Cleo2.wav': content });
    expect(message).toMatch(problem);
    expect(message).toContain('train/Cleo2.wav: ');
    expect(message).not.toContain('Ana1');
    expect(message).toContain('Replace or remove');
  });

  test('the same recording to learn from and to try', async () => {
    expect(await refusalOf({ ...two, 'validation/Bea2.wav': two['train/Bea1.wav']! })).toContain(
      'validation/Bea2.wav: the same recording as train/Bea1.wav',
    );
  });
});

describe('who is learnt and who is tried', () => {
  test('somebody in validation only is refused by name', async () => {
    expect(await refusalOf({ ...two, 'validation/Dora1.wav': buzz(500, 2) })).toContain(
      'Dora is in validation only',
    );
  });

  test('somebody in train only is warned of by name', async () => {
    const { labels, warnings } = await prepare({ ...two, 'train/Dora1.wav': buzz(500, 2) });
    expect(labels).toEqual(['Ana', 'Bea', 'Dora']);
    expect(warnings).toContain('Dora is in train only: how well Dora is told stays unknown');
  });

  test('one speaker alone is refused by name', async () => {
    expect(await refusalOf({ 'train/Ana1.wav': buzz(200, 2), 'train/Ana2.wav': buzz(200, 3) })).toContain(
      'Ana is the only speaker in train',
    );
  });

  test('very little of somebody is warned of by name', async () => {
    const { warnings } = await prepare(two);
    expect(warnings).toContain('Ana: 2.0 s to learn from; under 20 s what is learnt is not dependable');
  });

  test('one recording of each, and nothing to try, is refused', async () => {
    expect(await refusalOf({ 'train/Ana1.wav': buzz(200, 2), 'train/Bea1.wav': buzz(300, 2) })).toContain(
      'nothing is left to try the network with',
    );
  });

  test('without a validation folder it is said that recordings of train are held back', async () => {
    const files = { 'train/Ana1.wav': buzz(200, 2), 'train/Ana2.wav': buzz(200, 3) };
    const { warnings } = await prepare({ ...files, 'train/Bea1.wav': buzz(300, 2) });
    expect(warnings[0]).toMatch(/ has no folder 'validation': recordings of train are held back/);
    expect((await prepare(two)).warnings.join()).not.toContain('held back');
  });

  test('without a validation folder a quarter of each speaker is held back, by the seed', async () => {
    const files: Record<string, Float32Array> = {};
    for (let i = 1; i <= 8; i++) files[`train/Ana${i}.wav`] = buzz(200, 1 + i / 10);
    for (let i = 1; i <= 2; i++) files[`train/Bea${i}.wav`] = buzz(300, 1 + i / 10);
    const held = ({ recordings }: TrainingSplit) =>
      recordings.filter(({ set }) => set === 'validation').map(({ path }) => path);
    const first = held(await prepare(files));
    expect(first.filter((path) => path.includes('Ana'))).toHaveLength(2);
    expect(first.filter((path) => path.includes('Bea'))).toHaveLength(1);
    expect(held(await prepare(files))).toEqual(first);
    const seeds = await Promise.all([2, 3, 4, 5].map((seed) => prepare(files, seed)));
    expect(new Set(seeds.map((split) => held(split).join())).size).toBeGreaterThan(1);
  });
});

describe('pieces', () => {
  const sampleRateHz = 1_000;
  const sound = (seconds: number) => ({
    sampleRateHz,
    samples: Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, n) =>
      n % 2 ? 0.5 : -0.5,
    ),
    startMs: 0,
  });
  const starts = (seconds: number, set: 'train' | 'validation') =>
    cutRecording(sound(seconds), 7_000, set).pieces.map(({ startMs }) => startMs);

  test('are as long as what is heard at once, overlap where they are learnt and not where they are tried', () => {
    expect(starts(15.9, 'train')).toEqual([0, 2_000, 4_000, 6_000, 8_000]);
    expect(starts(15.9, 'validation')).toEqual([0, 7_000]);
    for (const { samples } of cutRecording(sound(15.9), 7_000, 'train').pieces) {
      expect(samples).toHaveLength(7_000);
    }
  });

  test('of a recording that is shorter are the recording', () => {
    expect(cutRecording(sound(4), 7_000, 'train').pieces.map(({ samples }) => samples.length)).toEqual([
      4_000,
    ]);
  });

  test('in which nothing is heard are left out and counted', () => {
    const { sampleRateHz: rate, samples } = sound(21);
    samples.fill(0, 7 * rate, 14 * rate);
    const { pieces, silent } = cutRecording({ sampleRateHz: rate, samples, startMs: 0 }, 7_000, 'validation');
    expect(pieces.map(({ startMs }) => startMs)).toEqual([0, 14_000]);
    expect(silent).toBe(1);
  });

  test('of any length are samples of the recording, in place', () => {
    const arbitrary = fc.record({
      seconds: fc.double({ min: 1, max: 30, noNaN: true }),
      pieceMs: fc.integer({ min: 1_000, max: 10_000 }),
      set: fc.constantFrom('train' as const, 'validation' as const),
    });
    fc.assert(
      fc.property(arbitrary, ({ seconds, pieceMs, set }) => {
        const whole = sound(seconds);
        const { pieces } = cutRecording(whole, pieceMs, set);
        expect(pieces.length).toBeGreaterThan(0);
        for (const { samples, startMs } of pieces) {
          const from = Math.round((startMs / 1000) * sampleRateHz);
          expect(samples.length).toBe(Math.min(pieceMs, whole.samples.length));
          expect(samples).toEqual(whole.samples.slice(from, from + samples.length));
        }
      }),
    );
  });
});
