import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sound } from '../../hal/contract/sound.ts';
import { readSoundFile } from '../../hal/linux/sound-file.ts';

const clip = z.object({
  /** `NAME.wav in golden/librosa`. */
  wav: z.string().transform((text) => text.replace(/ in .*/, '')),
  samples_16k: z.number(),
  level_dbfs: z.number(),
  vad_flags_30ms: z.string(),
  kept_30ms: z.string(),
  voiced_samples: z.number(),
  window_starts: z.array(z.number()),
  window_embeddings_first_8: z.array(z.array(z.number())),
  embedding: z.array(z.number()),
});

const schema = z.object({
  synthetic: z.object({ samples: z.record(z.string(), z.number()), embedding: z.array(z.number()) }),
  'speech-1688-16k-mono': clip,
  'speech-2033-32k-stereo': clip,
});

/**
 * What Resemblyzer's front end (librosa 0.11.0, webrtcvad) and a double-precision reference of its network give for
 * a signal made by a formula and for two clips of LibriSpeech that are not part of this repository.
 */
export const golden = schema.parse(
  JSON.parse(readFileSync(join(import.meta.dir, '../golden/voice/resemblyzer-golden.json'), 'utf8')),
);

export const goldenClips = [golden['speech-1688-16k-mono'], golden['speech-2033-32k-stereo']] as const;

/** The golden signal: one window of the network, three tones and noise. */
export function goldenSignal(): Float32Array {
  let state = 1;
  return Float32Array.from({ length: 25_840 }, (_, n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const t = n / 16_000;
    const voice = 0.05 * Math.sin(2 * Math.PI * 120 * t) * (1 + 0.5 * Math.sin(2 * Math.PI * 4 * t));
    const tones = 0.02 * Math.sin(2 * Math.PI * 700 * t) + 0.01 * Math.sin(2 * Math.PI * 2_300 * t);
    return voice + tones + 0.01 * (state / 2 ** 32 - 0.5);
  });
}

export function cosine(a: Float32Array, b: ArrayLike<number>): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

export async function readClip(path: string): Promise<Sound> {
  return (await readSoundFile(path, new AbortController().signal)).sound;
}
