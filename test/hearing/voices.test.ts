import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sound } from '../../hal/contract/sound.ts';
import type { VoiceModels } from '../../hal/contract/voice-models.ts';
import { EmbeddingNamer } from '../../src/hearing/embedding-namer.ts';
import { checkEnrolment, refuseRecording, sampleOf } from '../../src/hearing/enrol.ts';
import { copyOf } from '../../src/hearing/enrol-copies.ts';
import { centroidsPerPerson } from '../../src/hearing/match.ts';
import { voiceLimits } from '../../src/hearing/threshold.ts';
import { type DescribedRecording, VoicePipeline } from '../../src/hearing/voice-pipeline.ts';
import { shippedModelsDir } from '../../src/models/folders.ts';
import { readManifest } from '../../src/models/manifest.ts';
import { buildVoiceGallery } from '../../src/people/gallery.ts';
import { nameOfRecording } from '../../src/people/names.ts';
import { PeopleStore } from '../../src/people/store.ts';
import { sha256 } from '../people/samples.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { readClip } from './golden.ts';

// A recording is embedded five times, and other tests may want the processor, too.
setDefaultTimeout(30_000);

/** The generated voices of the demo, from recording to name, through the real network and the people store. */

const voices = join(import.meta.dir, '../../demo/voices');
const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir: 'none' });
const pipeline = await VoicePipeline.load(manifest.voiceEmbedder());
const limits = voiceLimits(pipeline.match, { decideAfterMs: 3_000 });
const never = new AbortController().signal;

const models: VoiceModels = {
  name: 'voice models',
  pipelineId: pipeline.pipelineId,
  embeddingLength: pipeline.embeddingLength,
  embed: (sound) => pipeline.embed(sound),
  close: async () => {},
  [Symbol.asyncDispose]: async () => {},
};

async function read(folder: string): Promise<{ name: string; sound: Sound }[]> {
  const files = readdirSync(join(voices, folder)).sort();
  return await Promise.all(
    files.map(async (file) => ({
      name: nameOfRecording(file),
      sound: await readClip(join(voices, folder, file)),
    })),
  );
}

const enrolled: { name: string; sound: Sound; recording: DescribedRecording }[] = [];
for (const { name, sound } of await read('train')) {
  enrolled.push({ name, sound, recording: await pipeline.describe(sound) });
}

const store = PeopleStore.open({ directory: temporaryFolder(), wallClock: { nowUtcMs: () => 0 } });
for (const [index, { name, recording }] of enrolled.entries()) {
  const provenance = { source: 'file', path: `${index}`, contentSha256: sha256(`${index}`) } as const;
  const sample = { kind: 'voice', pipelineId: pipeline.pipelineId, quality: {}, provenance } as const;
  store.enrol({ name, consent: null, samples: [{ ...sample, embedding: sampleOf(recording) }] });
}
const gallery = buildVoiceGallery(store, pipeline.pipelineId, centroidsPerPerson);

afterAll(async () => {
  await pipeline.close();
  store.close();
  removeTemporary();
});

function joined(...sounds: Sound[]): Sound {
  const samples = new Float32Array(sounds.reduce((sum, sound) => sum + sound.samples.length, 0));
  let offset = 0;
  for (const sound of sounds) {
    samples.set(sound.samples, offset);
    offset += sound.samples.length;
  }
  return { ...sounds[0]!, samples };
}

function firstSeconds(sound: Sound): Sound {
  return { ...sound, samples: sound.samples.subarray(0, 5 * sound.sampleRateHz) };
}

async function named(sound: Sound): Promise<string> {
  const { decision, subjectId } = await new EmbeddingNamer(models, limits, gallery).name(sound, never);
  return subjectId === null ? decision : (gallery.names.get(subjectId) ?? 'nobody');
}

describe('the voices of the demo', () => {
  test('can be enrolled from each of their recordings', () => {
    expect(enrolled).toHaveLength(9);
    for (const { recording } of enrolled) expect(refuseRecording(recording)).toBeUndefined();
  });

  test('fit their own other recordings and nobody else', () => {
    for (const name of ['Ana', 'Bea', 'Cleo']) {
      const own = enrolled.filter((each) => each.name === name).map(({ recording }) => recording);
      const row = gallery.subjectIds.indexOf(store.find(name)!.subjectId);
      const size = centroidsPerPerson * gallery.embeddingLength;
      const others = {
        ...gallery,
        subjectIds: gallery.subjectIds.filter((_, index) => index !== row),
        centroids: gallery.centroids.filter((_, index) => Math.floor(index / size) !== row),
      };
      expect(checkEnrolment(own, others, limits).map(({ advice }) => advice)).toEqual([null, null, null]);
    }
  });

  test('are named in sentences they were not enrolled with', async () => {
    for (const { name, sound } of await read('validation')) expect(await named(sound)).toBe(name);
  });

  test('are named in noise and in a room, too', async () => {
    for (const { name, sound } of await read('validation')) {
      for (const kind of ['noise20', 'reverb300'] as const) {
        expect(await named({ ...sound, samples: copyOf(sound.samples, kind) })).toBe(name);
      }
    }
  });

  test('of strangers are unknown', async () => {
    for (const { sound } of await read('strangers')) expect(await named(sound)).toBe('unknown');
  });

  test('are not judged when overdriven, and not named when they say too little', async () => {
    const { sound } = (await read('validation'))[0]!;
    const loud = sound.samples.map((x) => Math.max(-1, Math.min(1, 30 * x)));
    expect(await named({ ...sound, samples: loud })).toBe('too-loud');
    expect(await named({ ...sound, samples: sound.samples.slice(0, 2 * sound.sampleRateHz) })).toBe(
      'too-short',
    );
    expect(await named({ ...sound, samples: new Float32Array(sound.samples.length) })).toBe('no-speech');
  });

  test('of two people in one recording are told apart, and nobody is enrolled from it', async () => {
    const of = (name: string) => enrolled.find((each) => each.name === name)!.sound;
    for (const [one, other] of [
      ['Ana', 'Bea'],
      ['Bea', 'Cleo'],
      ['Cleo', 'Ana'],
    ] as const) {
      const recording = await pipeline.describe(joined(firstSeconds(of(one)), firstSeconds(of(other))));
      expect(refuseRecording(recording)).toMatchObject({ problem: 'two-speakers' });
    }
  });
});
