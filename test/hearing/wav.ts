import { readFileSync } from 'node:fs';
import type { Sound } from '../../hal/contract/sound.ts';

/** A plain 16-bit WAV file of the golden clips (header of 44 bytes), mixed to one channel. */
export function readGoldenWav(path: string): Sound {
  const bytes = readFileSync(path);
  const channels = bytes.readUInt16LE(22);
  const frames = (bytes.length - 44) / (2 * channels);
  const samples = Float32Array.from({ length: frames }, (_, frame) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += bytes.readInt16LE(44 + 2 * (frame * channels + channel));
    }
    return sum / (channels * 32_768);
  });
  return { sampleRateHz: bytes.readUInt32LE(24), samples, startMs: 0 };
}
