import { afterAll, beforeAll, expect, test } from 'bun:test';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSoundFile } from '../../../hal/linux/sound-file.ts';
import { WavWriter } from '../../../hal/linux/wav-writer.ts';
import { refusal } from './support.ts';

const { signal } = new AbortController();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-wav-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
const newPath = () => join(folder, `${files++}.wav`);

test('whatever the pieces, the file holds their samples one after the other', async () => {
  const piece = fc.int16Array({ minLength: 0, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), async (pieces) => {
      const path = newPath();
      const writer = await WavWriter.create(path, { sampleRateHz: 8_000, channels: 1 });
      for (const samples of pieces) await writer.write(samples);
      await writer.close();
      await writer.close();
      const written = pieces.flatMap((samples) => [...samples]);
      expect(writer.frames).toBe(written.length);
      if (written.length === 0) return;
      const { sound, warnings } = await readSoundFile(path, signal);
      expect([...sound.samples].map((sample) => sample * 32_768)).toEqual(written);
      expect([sound.sampleRateHz, warnings]).toEqual([8_000, []]);
    }),
    { numRuns: 40 },
  );
});

test('channels stay apart', async () => {
  const path = newPath();
  await using writer = await WavWriter.create(path, { sampleRateHz: 16_000, channels: 2 });
  await writer.write(Int16Array.of(1_000, 3_000, -2_000, 0));
  await writer.close();
  const { sound, channels } = await readSoundFile(path, signal);
  expect([channels, ...sound.samples]).toEqual([2, 2_000 / 32_768, -1_000 / 32_768]);
});

test('a file whose writer was killed can be read up to the last second', async () => {
  const path = newPath();
  await using writer = await WavWriter.create(path, { sampleRateHz: 1_000, channels: 1 });
  for (let i = 0; i < 25; i++) await writer.write(new Int16Array(100).fill(i));
  const left = newPath();
  await copyFile(path, left);
  const { sound } = await readSoundFile(left, signal);
  expect(sound.samples.length).toBe(2_000);
  expect(sound.samples.at(-1)).toBe(19 / 32_768);
});

test('a file that is there already is left alone', async () => {
  const path = newPath();
  await writeFile(path, 'mine');
  const error = await refusal(WavWriter.create(path, { sampleRateHz: 16_000, channels: 1 }));
  expect([error.kind, error.message]).toEqual([
    'invalid-argument',
    expect.stringContaining('is there already'),
  ]);
  expect(await Bun.file(path).text()).toBe('mine');
});
