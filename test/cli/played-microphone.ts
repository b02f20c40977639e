import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { fakeArecord } from '../hal/linux/fake-arecord.ts';

const sampleRateHz = 16_000;

/** A microphone with one channel at 16 kHz, in arecord's own words. */
const hardware = [
  '--------------------',
  'FORMAT:  S16_LE',
  'CHANNELS: 1',
  `RATE: ${sampleRateHz}`,
  '--------------------',
].join('\n');

export interface PlayedMicrophone {
  /** Sound files at 16 kHz, each with a pause after it. */
  readonly clips: readonly string[];
  /** What the shell does when all is played; by default the microphone waits and is silent. */
  readonly afterwards?: string;
}

/**
 * Puts an arecord into a folder for the PATH that hears these clips, three times as fast as they last: the driver
 * cannot tell, and the test is over sooner.
 */
export async function playedMicrophone(folder: string, played: PlayedMicrophone): Promise<void> {
  const pieces: Int16Array[] = [];
  for (const clip of played.clips) {
    const { sound } = await readSoundFile(clip, new AbortController().signal);
    pieces.push(
      Int16Array.from(sound.samples, (sample) => Math.round(32_768 * sample)),
      pause(),
    );
  }
  const raw = join(folder, 'heard.raw');
  const bytes = Buffer.concat(pieces.map((piece) => new Uint8Array(piece.buffer)));
  writeFileSync(raw, bytes);
  const blockBytes = sampleRateHz / 10;
  await fakeArecord(folder, {
    hardware,
    record: [
      'block=0',
      `while [ $block -lt ${Math.ceil(bytes.length / blockBytes)} ]; do`,
      `  dd if=${raw} bs=${blockBytes} skip=$block count=1 2>/dev/null || exit`,
      '  block=$((block + 1))',
      '  sleep 0.014',
      'done',
      played.afterwards ?? 'sleep 60',
    ].join('\n'),
  });
}

/** Three seconds of a quiet room. */
function pause(): Int16Array {
  return Int16Array.from({ length: 3 * sampleRateHz }, (_, i) => (i * 7_919) % 7);
}
