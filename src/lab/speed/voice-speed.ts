import { join } from 'node:path';
import { centroidsPerPerson, nearestVoices } from '../../hearing/match.ts';
import { PcmSoundWatch } from '../../hearing/sound-watch.ts';
import { VoiceActivityDetector } from '../../hearing/vad.ts';
import { VoicePipeline, type VoiceSound } from '../../hearing/voice-pipeline.ts';
import type { VoiceEmbedderEntry } from '../../models/entry.ts';
import type { Located } from '../../models/manifest.ts';
import { readSound } from '../../runtime/sound-input.ts';
import { type Middle, medianOf } from '../statistics.ts';
import { gallery } from './gallery.ts';

/** A voice of the built-in scene. */
export const voiceFile = join(import.meta.dir, '../../../demo/voices/validation/Ana1.flac');

const enrolled = 100;
const chunkMs = 100;
const perRound = { listen: 20, embed: 3, match: 20 };

export interface VoiceStage {
  readonly name: string;
  /** Milliseconds. */
  readonly ms: Middle;
}

/**
 * Measures the device's ears: a tenth of a second of sound while somebody speaks, an embedding of a window and of three
 * and seven seconds, and the comparison with people. Blocks its thread while the network runs. Rejects with ModelError.
 */
export async function measureVoiceSpeed(
  model: Located<VoiceEmbedderEntry>,
  rounds: number,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<readonly VoiceStage[]> {
  const sound = await readSound(voiceFile, signal);
  const pipeline = await VoicePipeline.load(model);
  try {
    const watch = new PcmSoundWatch(await VoiceActivityDetector.create());
    const samplesOfChunk = Math.round((sound.sampleRateHz * chunkMs) / 1000);
    const chunk = Int16Array.from(sound.samples.subarray(0, samplesOfChunk), (value) =>
      Math.round(value * 32_767),
    );
    let seq = 0;
    const listen = () => {
      watch.glance({
        seq,
        startMs: chunkMs * seq++,
        sampleRateHz: sound.sampleRateHz,
        channels: 1,
        samples: chunk,
      });
    };
    const newest = (seconds: number): VoiceSound => ({
      ...sound,
      samples: sound.samples.subarray(0, Math.round(seconds * sound.sampleRateHz)),
    });
    const { embeddings } = gallery(enrolled * centroidsPerPerson, pipeline.embeddingLength);
    const known = {
      subjectIds: Array.from({ length: enrolled }, (_, i) => `p_${i}`),
      embeddingLength: pipeline.embeddingLength,
      centroids: embeddings,
    };
    const probe = embeddings.slice(0, pipeline.embeddingLength);
    const steps = [
      { name: 'listen to a tenth of a second: level, voice activity', times: perRound.listen, run: listen },
      // Of the front end's speech a little is cut off at the ends.
      { name: 'embed 1.6 s of speech', times: perRound.embed, run: () => pipeline.embed(newest(1.7)) },
      { name: 'embed 3 s of speech', times: perRound.embed, run: () => pipeline.embed(newest(3.3)) },
      { name: 'embed 7 s of speech', times: perRound.embed, run: () => pipeline.embed(newest(8.7)) },
      {
        name: `match among ${enrolled} people`,
        times: perRound.match,
        run: () => nearestVoices(known, probe, model.match.penalties, 2),
      },
    ];
    const measured = steps.map(() => [] as number[]);
    for (const { run } of steps) await run();
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      progress(round);
      for (const [index, { run, times }] of steps.entries()) {
        for (let i = 0; i < times; i++) {
          const start = performance.now();
          await run();
          measured[index]!.push(performance.now() - start);
        }
      }
    }
    return steps.map(({ name }, i) => ({ name, ms: medianOf(measured[i]!) }));
  } finally {
    await pipeline.close();
  }
}
