import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PcmChunk } from '../../../hal/contract/microphone.ts';
import type { Sound } from '../../../hal/contract/sound.ts';
import { readSoundFile } from '../../../hal/linux/sound-file.ts';
import { SoundFileMicrophone } from '../../../hal/linux/sound-file-microphone.ts';
import { VirtualClock } from '../../../hal/sim/virtual-clock.ts';
import { features193 } from '../../../src/hearing/features/features193.ts';
import { KeptSound, soundOf } from '../../../src/hearing/kept-sound.ts';
import { featuresOf } from '../../../src/hearing/train/feature-workers.ts';
import { cutRecording } from '../../../src/hearing/train/pieces.ts';
import { wavBytes } from '../../hal/linux/wav-bytes.ts';
import { buzz } from './made-audios.ts';

setDefaultTimeout(30_000);
const { signal } = new AbortController();
const told = () => undefined;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-heard-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the seven-second mode has after `seconds` of the file: chunks as they came, the newest seven seconds kept. */
async function heard(path: string, seconds: number): Promise<Sound> {
  const clock = new VirtualClock();
  const microphone = new SoundFileMicrophone({ path, clock, pace: 'live' });
  const kept = new KeptSound({ lengthMs: 7_000 });
  const listening = async () => {
    await using session = await microphone.open({ sampleRateHz: 32_000, channels: 2 }, signal);
    let lengthMs = 0;
    for await (const chunk of session.chunks(signal)) {
      const chunkMs = (1000 * chunk.samples.length) / chunk.channels / chunk.sampleRateHz;
      kept.push(chunk, chunkMs, 0);
      lengthMs += chunkMs;
      if (lengthMs >= seconds * 1000) break;
    }
  };
  await clock.runUntilSettled(listening(), 60_000);
  return soundOf(kept.snapshot() as PcmChunk[]);
}

test('what is learnt of a recording and what is heard of it have the same features, byte for byte', async () => {
  const path = join(folder, 'Ana1.wav');
  const [left, right] = [buzz(170, 36), buzz(230, 36, 0.2)];
  // As the Python program recorded: 32 kHz, stereo, 16 bits.
  writeFileSync(path, wavBytes([left, right], { sampleRateHz: 32_000 }));
  const { sound } = await readSoundFile(path, signal);
  const { pieces } = cutRecording(sound, 7_000, 'train');
  expect(pieces.map(({ startMs }) => startMs)).toEqual([0, 2_000]);
  const learnt = await featuresOf(pieces, told, signal);
  for (const [i, vector] of learnt.entries()) {
    const live = features193(await heard(path, 7 + 2 * i)).vector;
    expect(Buffer.from(live.buffer).equals(Buffer.from(vector.buffer))).toBe(true);
  }
});

test('features come in the order of the sounds, whichever was ready first', async () => {
  const sounds = [3, 1, 2, 1.5].map((seconds, i) => ({
    sampleRateHz: 8_000,
    samples: buzz(200 + 50 * i, seconds),
    startMs: 0,
  }));
  const progress: number[] = [];
  const vectors = await featuresOf(sounds, (done) => progress.push(done), signal);
  expect(vectors).toEqual(sounds.map((sound) => features193(sound).vector));
  expect(progress).toEqual([1, 2, 3, 4]);
});

test('a sound without features ends it with the reason, an abort with its own', async () => {
  const short = { sampleRateHz: 8_000, samples: buzz(200, 0.05), startMs: 0 };
  const refused = await featuresOf([short], told, signal).catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'FeatureError', kind: 'too-short' });

  const stop = new AbortController();
  const reason = new Error('enough');
  const long = { sampleRateHz: 8_000, samples: buzz(200, 60), startMs: 0 };
  const running = featuresOf([long, long, long], told, stop.signal).catch((error: unknown) => error);
  stop.abort(reason);
  expect(await running).toBe(reason);
});
