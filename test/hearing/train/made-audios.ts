import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { wavBytes } from '../../hal/linux/wav-bytes.ts';

const sampleRateHz = 8_000;

/** So many seconds of a buzz that is somebody's: no two calls with other numbers give the same. */
export function buzz(hz: number, seconds: number, amplitude = 0.3): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, n) => {
    const t = n / sampleRateHz;
    const syllable = 0.6 + 0.4 * Math.sin(2 * Math.PI * 3 * t + seconds);
    return (amplitude * syllable * (Math.sin(2 * Math.PI * hz * t) + Math.sin(2 * Math.PI * 3 * hz * t))) / 2;
  });
}

/** An audios folder with these files: samples become WAV files, anything else is written as it is. */
export function madeAudios(files: Readonly<Record<string, Float32Array | string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-audios-'));
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, typeof content === 'string' ? content : wavBytes([content], { sampleRateHz }));
  }
  return folder;
}
