import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sound } from '../../hal/contract/sound.ts';
import { SystemClock } from '../../hal/linux/clock.ts';
import { readSoundFile, soundExtensions } from '../../hal/linux/sound-file.ts';
import { saveNetwork } from '../../src/hearing/train/save-network.ts';
import { trainVoices } from '../../src/hearing/train/train-voices.ts';
import { openTrainedNetwork } from '../../src/hearing/trained-network.ts';
import { WorkerTrainedVoices } from '../../src/hearing/worker-trained-voices.ts';
import { trainedFilesOf } from '../../src/people/trained-network.ts';
import { buzz, madeAudios } from './train/made-audios.ts';

setDefaultTimeout(30_000);
const { signal } = new AbortController();
const temporary: string[] = [];
/** A network that was trained once, and a copy of it that a test may spoil. */
let made: string;
let folder: string;
beforeAll(async () => {
  const audios = madeAudios({
    'train/Ana1.wav': buzz(150, 4),
    'train/Bea1.wav': buzz(420, 4),
    'validation/Ana1.wav': buzz(150, 2.5),
    'validation/Bea1.wav': buzz(420, 2.5),
  });
  made = mkdtempSync(join(tmpdir(), 'vigil-trained-'));
  temporary.push(audios, made);
  const { files } = await trainVoices(
    {
      ...{ folder: audios, pieceMs: 2_000, seed: 1, epochs: 20, patience: 20, compare: false },
      read: (path, wait) => readSoundFile(path, wait),
      extensions: soundExtensions,
      progress: () => undefined,
      warn: () => undefined,
    },
    signal,
  );
  await saveNetwork(made, files);
}, 60_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-trained-'));
  temporary.push(folder);
  cpSync(made, folder, { recursive: true });
});
afterAll(() => {
  for (const path of temporary) rmSync(path, { recursive: true, force: true });
});

const soundOf = (samples: Float32Array): Sound => ({ sampleRateHz: 8_000, samples, startMs: 0 });
const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

test('the network names those it was trained on, by shares that sum to 1', async () => {
  await using network = await openTrainedNetwork(folder);
  expect(network).toMatchObject({ labels: ['Ana', 'Bea'], pieceMs: 2_000 });
  const ana = await network.classify(soundOf(buzz(150, 2.1)));
  const bea = await network.classify(soundOf(buzz(420, 2.1)));
  expect(ana[0]! + ana[1]!).toBeCloseTo(1, 5);
  expect(ana[0]).toBeGreaterThan(0.9);
  expect(bea[1]).toBeGreaterThan(0.9);
});

test('of longer sound the newest part counts, as long as what it was trained on', async () => {
  await using network = await openTrainedNetwork(folder);
  const both = new Float32Array([...buzz(150, 6), ...buzz(420, 2)]);
  expect(await network.classify(soundOf(both))).toEqual(await network.classify(soundOf(both.slice(-16_000))));
});

test('silence and less than a second are not put to the network', async () => {
  await using network = await openTrainedNetwork(folder);
  for (const samples of [new Float32Array(16_000), buzz(150, 0.9), new Float32Array(0)]) {
    expect(await rejection(network.classify(soundOf(samples)))).toMatchObject({ kind: 'invalid-argument' });
  }
  const notANumber = buzz(150, 2).fill(Number.NaN, 100, 101);
  expect(await rejection(network.classify(soundOf(notANumber)))).toMatchObject({ kind: 'invalid-argument' });
});

describe('a network that does not fit is refused, and the message says to train', () => {
  const description = () => JSON.parse(readFileSync(join(folder, 'voices.json'), 'utf8'));
  const write = (content: object | string) =>
    writeFileSync(
      join(folder, 'voices.json'),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  const cases: [what: string, spoil: () => void, kind: string][] = [
    ['where there is none', () => rmSync(join(folder, 'voices.json')), 'missing'],
    ['where the network alone is gone', () => rmSync(join(folder, 'voices.onnx')), 'missing'],
    ['a description that is no JSON', () => write('{'), 'unreadable'],
    ['a description of something else', () => write({ labels: ['Ana'] }), 'unreadable'],
    [
      'features of another version',
      () => write({ ...description(), featureVersion: 'librosa-0.10.2-1' }),
      'outdated',
    ],
    [
      'a network that was exchanged',
      () => {
        const bytes = readFileSync(join(folder, 'voices.onnx'));
        bytes[bytes.length - 20]! ^= 1;
        writeFileSync(join(folder, 'voices.onnx'), bytes);
      },
      'altered',
    ],
    [
      'a network that was cut off',
      () =>
        writeFileSync(join(folder, 'voices.onnx'), readFileSync(join(folder, 'voices.onnx')).subarray(0, 99)),
      'truncated',
    ],
  ];
  test.each(cases)('%s', async (_, spoil, kind) => {
    spoil();
    const error = await rejection(openTrainedNetwork(folder));
    expect(error).toMatchObject({ name: 'ModelError', kind });
    expect(String(error)).toContain('vigil voices train');
  });
});

describe('in its Worker', () => {
  const open = () => WorkerTrainedVoices.open({ clock: new SystemClock(), folder }, signal);

  test('it answers as it does here', async () => {
    await using voices = await open();
    await using network = await openTrainedNetwork(folder);
    expect(voices.labels).toEqual(network.labels);
    expect(voices.pipelineId).toBe(network.pipelineId);
    const sound = soundOf(buzz(150, 2.2));
    expect(await voices.classify(sound, signal)).toEqual(await network.classify(sound));
    const silence = soundOf(new Float32Array(16_000));
    expect(await rejection(voices.classify(silence, signal))).toMatchObject({
      name: 'HalError',
      kind: 'invalid-argument',
    });
  });

  test('one that cannot be opened says why', async () => {
    rmSync(join(folder, 'voices.json'));
    expect(await rejection(open())).toMatchObject({ name: 'ModelError', kind: 'missing' });
  });
});

test('to forget one of its speakers is to delete all of its files', async () => {
  const files = await trainedFilesOf(folder, 'ana');
  expect(files.map((path) => path.slice(folder.length + 1)).sort()).toEqual([
    'confusion.svg',
    'training.svg',
    'voices.json',
    'voices.onnx',
  ]);
  expect(await trainedFilesOf(folder, 'Cleo')).toEqual([]);
});
