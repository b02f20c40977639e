import { afterEach, expect, test } from 'bun:test';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HalError } from '../../hal/contract/errors.ts';
import { type DescribeRecording, RecordingImport } from '../../src/people/recording-import.ts';
import type { PeopleStore } from '../../src/people/store.ts';
import { consent, faceSample } from './samples.ts';
import { openStore, removeTemporary, temporaryFolder } from './temporary.ts';

afterEach(removeTemporary);

const never = new AbortController().signal;

/** A folder whose files say what is heard in them: `voice DEGREES`, `two`, `hang`. */
function audios() {
  const folder = temporaryFolder();
  const heard: string[] = [];
  const describeRecording: DescribeRecording = async (path) => {
    heard.push(path);
    const [what, degrees] = readFileSync(path, 'utf8').split(' ');
    if (what === 'two') return { reason: 'two-speakers', message: 'two people seem to speak in it' };
    if (what === 'hang') throw new HalError('timeout', 'voice models', 'no answer in 5 s');
    if (what !== 'voice') throw new Error('no sound file');
    const angle = (Number(degrees) * Math.PI) / 180;
    const embedding = Float32Array.of(Math.cos(angle), Math.sin(angle), 1, 0);
    return { embedding, quality: { voicedMs: 8_000 }, warning: undefined };
  };
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  return { folder, heard, describeRecording, put };
}

function importer(store: PeopleStore, { describeRecording }: ReturnType<typeof audios>): RecordingImport {
  // Together the squared distance of 30 degrees.
  const limits = { threshold: 0.2, margin: 0.068, otherPerson: 0.8 };
  return new RecordingImport({
    store,
    pipelineId: 'voice-1',
    perRecording: 2,
    describeRecording,
    limits,
  });
}

const voices = (store: PeopleStore) =>
  Object.fromEntries(store.people().map((person) => [person.name, person.voiceSamples]));

test('recordings are taken in by name and not listened to again', async () => {
  const source = audios();
  source.put('Ana1.wav', 'voice 0');
  source.put('Ana2.wav', 'voice 5');
  source.put('Ben/monday.flac', 'voice 90');
  source.put('README.md', 'not one');
  const store = openStore(temporaryFolder());
  const recordings = importer(store, source);
  const first = await recordings.run(source.folder, never);
  expect(first).toMatchObject({ kept: 0, refused: [], confusable: [] });
  expect(voices(store)).toEqual({ Ana: 2, Ben: 1 });
  expect(await recordings.run(source.folder, never)).toMatchObject({ added: [], kept: 3 });
  expect(source.heard).toHaveLength(3);
});

test('what cannot be used is said, and does not stop the others', async () => {
  const source = audios();
  source.put('Ana1.wav', 'two 1');
  source.put('Ana2.wav', 'text');
  source.put('Ana3.wav', 'hang');
  source.put('Ana4.wav', '');
  source.put('1.wav', 'voice 0');
  source.put('Ana5.wav', 'voice 0');
  const store = openStore(temporaryFolder());
  const { refused } = await importer(store, source).run(source.folder, never);
  expect(Object.fromEntries(refused.map(({ path, reason }) => [path, reason]))).toEqual({
    '1.wav': 'bad-name',
    'Ana1.wav': 'two-speakers',
    'Ana2.wav': 'unreadable',
    'Ana3.wav': 'model-failed',
    'Ana4.wav': 'unreadable',
  });
  expect(voices(store)).toEqual({ Ana: 1 });
});

test('a recording that is gone is erased; the face of the same person stays', async () => {
  const source = audios();
  source.put('Ana1.wav', 'voice 0');
  const store = openStore(temporaryFolder());
  const recordings = importer(store, source);
  await recordings.run(source.folder, never);
  store.enrol({ name: 'Ana', consent, samples: [faceSample(1)] });
  rmSync(join(source.folder, 'Ana1.wav'));
  expect(await recordings.run(source.folder, never)).toMatchObject({ removed: { samples: 1, people: 0 } });
  expect(store.people()).toMatchObject([{ name: 'Ana', faceSamples: 1, voiceSamples: 0 }]);
});

test('a recording of somebody who was forgotten stays out', async () => {
  const source = audios();
  source.put('Ana1.wav', 'voice 0');
  const store = openStore(temporaryFolder());
  const recordings = importer(store, source);
  await recordings.run(source.folder, never);
  store.forget(store.find('Ana')!.subjectId);
  const { refused } = await recordings.run(source.folder, never);
  expect(refused).toMatchObject([
    { reason: 'forgotten', message: expect.stringContaining('vigil voices enrol') },
  ]);
});

test('two people with nearly the same voice are told', async () => {
  const source = audios();
  source.put('Ana1.wav', 'voice 0');
  source.put('Ben1.wav', 'voice 20');
  source.put('Cleo1.wav', 'voice 60');
  const store = openStore(temporaryFolder());
  const { confusable } = await importer(store, source).run(source.folder, never);
  expect(confusable).toHaveLength(1);
  const { subjectId, otherSubjectId } = confusable[0]!;
  expect([subjectId, otherSubjectId].sort()).toEqual(
    ['Ana', 'Ben'].map((name) => store.find(name)!.subjectId).sort(),
  );
});
