import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { createSoundMixer, type SpeechClip } from '../../hal/sim/sound-mixer.ts';
import { type DescribedRecording, VoicePipeline } from '../../src/hearing/voice-pipeline.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';

const folder = resolve(import.meta.dir, '../../demo/voices');
/** What takes a name from 7 s of speech on, and how far the second must be behind. */
const threshold = 0.86;
const margin = 0.05;
/** Of what noise and reverberation make of an enrolled voice, the worse copies count for less. */
const copyOffsets = [0, 0, -0.03, 0, -0.03];

const people = ['Ana', 'Bea', 'Cleo'];

async function clipsIn(name: string): Promise<Map<string, SpeechClip>> {
  const decoder = new FLACDecoder();
  await decoder.ready;
  const clips = new Map<string, SpeechClip>();
  for (const file of (await readdir(join(folder, name))).sort()) {
    const bytes = await Bun.file(join(folder, name, file)).bytes();
    const { channelData, sampleRate, errors } = await decoder.decodeFile(bytes);
    expect([file, channelData.length, sampleRate, errors]).toEqual([file, 1, 16_000, []]);
    clips.set(file.replace(/\.flac$/, ''), { sampleRateHz: sampleRate, samples: channelData[0]! });
    await decoder.reset();
  }
  decoder.free();
  return clips;
}

let train: Map<string, SpeechClip>;
let validation: Map<string, SpeechClip>;
let strangers: Map<string, SpeechClip>;

beforeAll(async () => {
  [train, validation, strangers] = [
    await clipsIn('train'),
    await clipsIn('validation'),
    await clipsIn('strangers'),
  ];
});

describe('the voices of the built-in scene', () => {
  test('are three recordings of each who is enrolled, and two of everybody to be heard', () => {
    const speakers = (clips: Map<string, SpeechClip>) => [...clips.keys()].map((name) => name.slice(0, -1));
    expect(speakers(train)).toEqual(people.flatMap((name) => [name, name, name]));
    expect(speakers(validation)).toEqual(people.flatMap((name) => [name, name]));
    expect(new Set(speakers(strangers)).size).toBe(2);
    expect(strangers.size).toBe(4);
  });

  test('last 7 to 10 s, at -26 dBFS, without a sample at full scale, and are small', async () => {
    for (const [name, { samples, sampleRateHz }] of [...train, ...validation, ...strangers]) {
      const lastsS = samples.length / sampleRateHz;
      expect(lastsS > 7 && lastsS < 10 ? name : lastsS).toBe(name);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      expect([name, 10 * Math.log10(power)]).toEqual([name, expect.closeTo(-26, 1)]);
      expect(samples.every((sample) => Math.abs(sample) < 0.9)).toBe(true);
    }
    let bytes = 0;
    for (const name of ['train', 'validation', 'strangers']) {
      for (const file of await readdir(join(folder, name))) bytes += Bun.file(join(folder, name, file)).size;
    }
    expect(bytes).toBeLessThan(3_000_000);
  });

  describe('with the voice network', () => {
    let pipeline: VoicePipeline;
    const gallery = new Map<string, readonly Float32Array[]>();

    beforeAll(async () => {
      const manifest = await readManifest({
        shippedDir: shippedModelsDir,
        addedDir: join(shippedModelsDir, 'none'),
      });
      pipeline = await VoicePipeline.load(manifest.voiceEmbedder());
      for (const person of people) {
        const recordings: DescribedRecording[] = [];
        for (const number of [1, 2, 3])
          recordings.push(await pipeline.describe(train.get(`${person}${number}`)!));
        const centroids = copyOffsets.map((_, copy) =>
          mean(recordings.map(({ embeddings }) => embeddings[copy]!)),
        );
        gallery.set(person, centroids);
      }
    }, 60_000);

    afterAll(() => pipeline.close());

    const heard = async (clip: SpeechClip) => {
      const { embedding, voicedMs } = await pipeline.embed(clip);
      const scores = people.map((person) => {
        const cosines = gallery
          .get(person)!
          .map((centroid, copy) => cosine(centroid, embedding!) + copyOffsets[copy]!);
        return { person, score: Math.max(...cosines) };
      });
      const [best, second] = scores.sort((a, b) => b.score - a.score);
      return { voicedMs, best: best!, lead: best!.score - second!.score };
    };

    test('whoever is enrolled is named, by at least 5 s of speech', async () => {
      for (const [name, clip] of validation) {
        const { voicedMs, best, lead } = await heard(clip);
        expect([name, best.person]).toEqual([name, name.slice(0, -1)]);
        expect(best.score).toBeGreaterThan(threshold);
        expect(lead).toBeGreaterThan(margin);
        expect(voicedMs).toBeGreaterThanOrEqual(5_000);
      }
    });

    test('strangers are not, the one who is like Ana included', async () => {
      for (const [, clip] of strangers) expect((await heard(clip)).best.score).toBeLessThan(threshold - 0.02);
    });

    test('the same is so when the scene plays them to its microphone', async () => {
      const mixer = createSoundMixer({ seed: 7, clips: new Map([...validation, ...strangers]) });
      const played = (clip: string): SpeechClip => {
        const sampleRateHz = 32_000;
        const into = new Float64Array(7 * sampleRateHz);
        const sound = { kind: 'speech' as const, subject: clip, fromMs: 0, untilMs: 7_000, levelDbfs: -26 };
        mixer({ startMs: 0, sampleRateHz, sounds: [sound] }, into);
        return { sampleRateHz, samples: Float32Array.from(into) };
      };
      for (const person of people) {
        const { best, lead } = await heard(played(`${person}1`));
        expect(best.person).toBe(person);
        expect(best.score).toBeGreaterThan(threshold);
        expect(lead).toBeGreaterThan(margin);
      }
      expect((await heard(played('Stranger1'))).best.score).toBeLessThan(threshold - 0.02);
    });
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

/** Of unit length, too. */
function mean(embeddings: readonly Float32Array[]): Float32Array {
  const sum = embeddings[0]!.map((_, i) => embeddings.reduce((total, embedding) => total + embedding[i]!, 0));
  const length = Math.sqrt(cosine(sum, sum));
  return sum.map((value) => value / length);
}
