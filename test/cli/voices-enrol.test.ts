import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSoundFile } from '../../hal/linux/sound-file.ts';
import { wavBytes } from '../hal/linux/wav-bytes.ts';
import { openStore, removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { demoFolder, vigilFaces } from './faces-run.ts';
import { type AnswerObject, clip, objects, vigilVoices } from './voices-run.ts';

setDefaultTimeout(60_000);
afterEach(removeTemporary);

const enrol = (state: string, name: string, inputs: readonly string[], ...words: string[]) =>
  vigilVoices(
    'enrol',
    ...[name, '--state', state, '--consent', ...inputs.flatMap((input) => ['--input', input]), ...words],
  );

async function samplesOf(path: string): Promise<Float32Array> {
  return (await readSoundFile(path, new AbortController().signal)).sound.samples;
}

interface Told {
  readonly name: string;
  readonly isNew: boolean;
  readonly samples: number;
  readonly voicedS: number;
  readonly share: number;
  readonly recordings: readonly { input: string; quality: Record<string, number> }[];
  readonly consent: { recordedBy: string; textVersion: string } | null;
  readonly confusable: readonly { name: string; score: number }[];
}

test('recordings enrol a person, who is then known; less than what is good is said, and can be added', async () => {
  const state = temporaryFolder();
  const first = await enrol(state, ' Ana  López', [clip('train/Ana1')], '--consent-by', 'Olga');
  expect(first.exitCode).toBe(0);
  expect(first.out).toContain('Enrolled Ana López: 1 recording');
  expect(first.out).toMatch(/Ana1\.flac: 8\.\d s of speech, -26 dB of full scale, \d+ dB over the pauses/);
  expect(first.err).toMatch(
    /33 % of what is good: 1\d\.\d s more of speech, some of it calm and some of it raised/,
  );

  const more = await enrol(state, 'ana lópez', [clip('train/Ana2'), clip('train/Ana3')], '--json');
  expect(more.err).toContain('Ana López is known already, by 1 sample');
  const [told] = objects<Told>(more);
  expect(told).toMatchObject({ name: 'Ana López', isNew: false, samples: 3, share: 1, confusable: [] });
  expect(told?.recordings).toHaveLength(2);
  expect(told?.recordings[0]?.quality.voicedS).toBeWithin(7, 10);
  expect(told?.consent).toMatchObject({ textVersion: 'voice-1' });

  // The same recordings, under any name of the file, are not added again.
  const copy = join(temporaryFolder(), 'copy.flac');
  copyFileSync(clip('train/Ana2'), copy);
  const again = await enrol(state, 'Ana López', [copy, clip('train/Ana3')], '--json');
  expect(objects<Told>(again)[0]?.samples).toBe(3);

  const found = await vigilVoices(
    'identify',
    ...['--input', clip('validation/Ana1'), '--state', state, '--expect', 'Ana López', '--json'],
  );
  expect(found.exitCode).toBe(0);
  expect(objects<AnswerObject>(found)[0]?.score).toBeGreaterThan(0.94);
});

test('silence, too little, clipping, a whisper and two speakers are refused, each with its reason', async () => {
  const state = temporaryFolder();
  const folder = temporaryFolder();
  const ana = await samplesOf(clip('train/Ana1'));
  const bea = await samplesOf(clip('train/Bea1'));
  const write = (name: string, samples: Float32Array) =>
    writeFileSync(join(folder, `${name}.wav`), wavBytes([samples]));
  write('silence', new Float32Array(80_000));
  write('short', ana.slice(0, 32_000));
  write(
    'clipped',
    ana.map((x) => Math.max(-1, Math.min(1, 12 * x))),
  );
  write(
    'quiet',
    ana.map((x) => x / 200),
  );
  write('two', Float32Array.from([...ana, ...bea]));
  const ran = await enrol(state, 'Ana', [folder]);
  expect([ran.exitCode, ran.out]).toEqual([2, '']);
  for (const [file, reason] of [
    ['silence', 'nobody speaks in it'],
    ['short', 's of speech, at least 3.0 s are needed'],
    ['clipped', 'of the samples are at full scale'],
    ['quiet', 'dB of full scale, at least -55 dB are needed'],
    ['two', 'two people seem to speak in it'],
  ] as const) {
    const line = ran.err.split('\n').find((text) => text.includes(`${file}.wav: `));
    expect([file, line]).toEqual([file, expect.stringContaining(reason)]);
  }
  expect(ran.err).toContain('Nobody was enrolled: of 5 recordings none can be used');
  expect(openStore(state).people()).toEqual([]);
});

test('recordings of different people, and a voice that is not the known one, are refused', async () => {
  const state = temporaryFolder();
  const mixed = await enrol(state, 'Ana', [clip('train/Ana1'), clip('train/Bea1')]);
  expect(mixed).toMatchObject({ exitCode: 2, err: expect.stringContaining('are of different people') });
  expect(openStore(state).people()).toEqual([]);
  await enrol(state, 'Ana', [clip('train/Ana1')]);
  const another = await enrol(state, 'Ana', [clip('train/Bea1')]);
  expect(another).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('this is not the voice that is known as Ana'),
  });
});

test('somebody whose voice is as near to another person is said, with both names', async () => {
  const state = temporaryFolder();
  await enrol(state, 'Ana', [clip('train/Ana1'), clip('train/Ana2')]);
  const refused = await enrol(state, 'Eva', [clip('train/Ana3')]);
  expect([refused.exitCode, refused.err.includes('this voice is known as Ana')]).toEqual([2, true]);
  const twin = await enrol(state, 'Eva', [clip('train/Ana3')], '--json', '--anyway');
  expect(twin.exitCode).toBe(0);
  expect(objects<Told>(twin)[0]?.confusable).toEqual([{ name: 'Ana', score: expect.any(Number) }]);
  expect(twin.err).toMatch(/Eva and Ana can be taken for each other \(cosine 0\.9\d\d\)/);
});

test('consent is needed, and covers what is kept already', async () => {
  const state = temporaryFolder();
  const asked = await vigilVoices('enrol', 'Ana', '--input', clip('train/Ana1'), '--state', state);
  expect(asked.exitCode).toBe(2);
  expect(asked.err).toContain('numbers computed from their voice are kept on this device');
  expect(asked.err).toContain('give --consent when Ana has agreed to this');
  const face = join(demoFolder, 'people/Ana.jpg');
  await vigilFaces('enrol', 'Ana', '--input', face, '--state', state, '--consent');
  const both = await enrol(state, 'Ana', [clip('train/Ana1')], '--json');
  expect(objects<Told>(both)[0]?.consent).toMatchObject({ textVersion: 'face-and-voice-1' });
  const [person] = openStore(state).people();
  expect(person).toMatchObject({ name: 'Ana', faceSamples: 1, voiceSamples: 1 });
});

test('a name that is none, or no name, is wrong use', async () => {
  const state = temporaryFolder();
  expect(await vigilVoices('enrol', '--state', state)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('vigil voices enrol NAME'),
  });
  expect((await enrol(state, 'a/b', [clip('train/Ana1')])).exitCode).toBe(2);
  expect((await vigilVoices('enrol', 'Ana', 'Maria', '--state', state)).err).toContain('in quotes');
});
