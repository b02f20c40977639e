import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PcmChunk } from '../../../hal/contract/microphone.ts';
import { readSoundFile } from '../../../hal/linux/sound-file.ts';
import { SoundFileMicrophone } from '../../../hal/linux/sound-file-microphone.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { soundOf } from '../../../src/hearing/kept-sound.ts';
import { microphoneContract } from '../contract/microphone.ts';
import { virtualTime } from '../contract/suite.ts';
import { openDescriptors, refusal } from './support.ts';
import { wavBytes } from './wav-bytes.ts';

const { signal } = new AbortController();
const wish = { sampleRateHz: 32_000, channels: 2 };
let folder: string;
let stereo: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-sound-mic-'));
  stereo = join(folder, 'stereo.wav');
  const left = Float32Array.from({ length: 64_000 }, (_, i) => 0.4 * Math.sin(i / 9));
  const right = Float32Array.from({ length: 64_000 }, (_, i) => 0.3 * Math.sin(i / 31));
  await writeFile(stereo, wavBytes([left, right], { sampleRateHz: 32_000 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

microphoneContract('sound file', async () => {
  const path = join(folder, 'long.wav');
  const samples = new Float32Array(16_000 * 30).fill(0.25);
  await writeFile(path, wavBytes([samples], { sampleRateHz: 16_000 }));
  const time = virtualTime();
  const microphone = new SoundFileMicrophone({ path, clock: time.clock });
  return {
    time,
    microphone,
    settings: { sampleRateHz: 16_000, channels: 1 },
    [Symbol.asyncDispose]: async () => {},
  };
});

async function readAll(path: string, pace: 'live' | 'fast') {
  const clock = new VirtualClock();
  const microphone = new SoundFileMicrophone({ path, clock, pace });
  const read = async () => {
    await using session = await microphone.open(wish, signal);
    const chunks: PcmChunk[] = [];
    for await (const chunk of session.chunks(signal)) chunks.push(chunk);
    return chunks;
  };
  const chunks = await clock.runUntilSettled(read(), 60_000);
  return { chunks, endedAtMs: clock.nowMs() };
}

describe('a sound file in the place of a microphone', () => {
  test('sounds at its own rate and with its own channels, at the pace of a live one, and ends', async () => {
    const { chunks, endedAtMs } = await readAll(stereo, 'live');
    expect(chunks).toHaveLength(20);
    expect(chunks[0]).toMatchObject({ seq: 0, startMs: 0, sampleRateHz: 32_000, channels: 2 });
    expect(chunks.map(({ samples }) => samples.length)).toEqual(Array(20).fill(6_400));
    expect(endedAtMs).toBe(2_000);
  });

  test('or as fast as it is read, with the same times', async () => {
    const live = await readAll(stereo, 'live');
    const fast = await readAll(stereo, 'fast');
    expect(fast.endedAtMs).toBe(0);
    expect(fast.chunks).toEqual(live.chunks);
  });

  test('gives the samples of the file: what is heard is what is trained on', async () => {
    for (const path of [stereo, resolve(import.meta.dir, '../../../demo/voices/train/Ana1.flac')]) {
      const { chunks } = await readAll(path, 'fast');
      const { sound } = await readSoundFile(path, signal);
      expect(soundOf(chunks)).toEqual(sound);
    }
  });

  test('one that is broken is refused when it is opened, and nothing is left open', async () => {
    const path = join(folder, 'broken.wav');
    await writeFile(path, 'RIFF1234WAVE');
    const before = openDescriptors();
    const microphone = new SoundFileMicrophone({ path, clock: new VirtualClock() });
    expect((await refusal(microphone.open(wish, signal))).kind).toBe('invalid-argument');
    expect((await refusal(microphone.open(wish, signal))).kind).toBe('invalid-argument');
    expect(openDescriptors()).toBe(before);
  });

  test('says at the end what was wrong with it', async () => {
    const path = join(folder, 'cut.wav');
    await writeFile(path, wavBytes([new Float32Array(8_000).fill(0.1)]).subarray(0, 9_000));
    const warnings: string[] = [];
    const clock = new VirtualClock();
    const microphone = new SoundFileMicrophone({
      path,
      clock,
      pace: 'fast',
      onWarning: (said) => warnings.push(said),
    });
    const read = async () => {
      await using session = await microphone.open(wish, signal);
      for await (const _ of session.chunks(signal));
    };
    await clock.runUntilSettled(read(), 10_000);
    expect(warnings.join()).toContain('cut off');
  });
});
