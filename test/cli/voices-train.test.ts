import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainedDescription } from '../../src/hearing/trained-file.ts';
import { buzz, madeAudios } from '../hearing/train/made-audios.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import {
  type AnswerObject,
  audios,
  clip,
  objects,
  type Ran,
  vigilVoices,
  vigilVoicesUntil,
} from './voices-run.ts';

setDefaultTimeout(60_000);
let output: string;
let ran: Ran;
beforeAll(async () => {
  output = join(mkdtempSync(join(tmpdir(), 'vigil-train-')), 'models/audio');
  ran = await vigilVoices('train', '--audios', audios, '--output', output, '--epochs', '40', '--compare');
}, 60_000);
afterAll(() => rmSync(join(output, '../..'), { recursive: true, force: true }));
afterEach(removeTemporary);

describe('training on the generated voices', () => {
  test('says how well its speakers are told, beside the other two ways, with intervals', () => {
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('3 speakers');
    for (const way of ['the network', '5 nearest neighbours', 'support vector machine']) {
      expect(ran.out).toMatch(new RegExp(`${way} +\\d of 6, [\\d.]+ % \\([\\d.]+ to [\\d.]+\\)`));
    }
    expect(ran.out).toMatch(/the network +6 of 6, 100\.0 % \(61\.0 to 100\.0\) +6 of 6/);
    expect(ran.out).toMatch(/SPOKE \/ NAMED +Ana +Bea +Cleo\nAna +2 +0 +0/);
  });

  test('leaves the network, what it is, and its charts, for nobody else to read', () => {
    const files = readdirSync(output).sort();
    expect(files).toEqual(['confusion.svg', 'training.svg', 'voices.json', 'voices.onnx']);
    for (const file of files) expect(statSync(join(output, file)).mode & 0o777).toBe(0o600);
    const { labels, pieceMs, training, recordings }: TrainedDescription = JSON.parse(
      readFileSync(join(output, 'voices.json'), 'utf8'),
    );
    expect({ labels, pieceMs }).toEqual({ labels: ['Ana', 'Bea', 'Cleo'], pieceMs: 7_000 });
    expect(training).toMatchObject({ seed: 1, epochs: 40, split: 'folders', validationPieces: 6 });
    expect(recordings).toHaveLength(15);
    for (const chart of ['training.svg', 'confusion.svg']) {
      expect(readFileSync(join(output, chart), 'utf8')).toStartWith('<svg ');
    }
  });

  test('gives the same files again, byte for byte, with --json too', async () => {
    const again = temporaryFolder();
    const other = await vigilVoices(
      'train',
      ...['--audios', audios, '--output', again, '--epochs', '40', '--compare', '--json'],
    );
    for (const file of readdirSync(output)) {
      expect(readFileSync(join(again, file)).equals(readFileSync(join(output, file)))).toBe(true);
    }
    const [printed] = objects<TrainedDescription & { readonly output: string }>(other);
    expect(printed).toMatchObject({ output: again, labels: ['Ana', 'Bea', 'Cleo'] });
  });
});

describe('training that cannot be', () => {
  const small = () =>
    madeAudios({
      'train/Ana1.wav': buzz(150, 2),
      'train/Bea1.wav': buzz(420, 2),
      'validation/Ana1.wav': buzz(150, 1.5),
    });

  test('names the recordings, exits with 2, and leaves the old network', async () => {
    const before = readFileSync(join(output, 'voices.json'));
    const folder = madeAudios({ 'train/Ana1.wav': new Float32Array(16_000), 'train/Bea1.wav': '' });
    const { exitCode, err, out } = await vigilVoices('train', '--audios', folder, '--output', output);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain('train/Ana1.wav: digital silence');
    expect(err).toContain('train/Bea1.wav: is empty');
    expect(readFileSync(join(output, 'voices.json')).equals(before)).toBe(true);
    rmSync(folder, { recursive: true });
  });

  test('says what to make where there is no folder', async () => {
    const { exitCode, err } = await vigilVoices('train', '--audios', '/nonexistent', '--output', output);
    expect(exitCode).toBe(2);
    expect(err).toContain('training takes DIR/train and DIR/validation');
  });

  test('says before it begins that the network cannot be put there', async () => {
    const folder = small();
    const file = join(folder, 'train/Ana1.wav');
    const { exitCode, err } = await vigilVoices('train', '--audios', folder, '--output', join(file, 'audio'));
    expect(exitCode).toBe(2);
    expect(err).toStartWith(`the network cannot be put into ${file}`);
    rmSync(folder, { recursive: true });
  });

  test('says so when the network cannot be put there in the end, and leaves nothing half written', async () => {
    const folder = small();
    const into = temporaryFolder();
    mkdirSync(join(into, 'voices.onnx'));
    const { exitCode, err } = await vigilVoices(
      'train',
      ...['--audios', folder, '--output', into, '--epochs', '1'],
    );
    expect(exitCode).toBe(2);
    expect(err).toContain(`the network cannot be put into ${into}: `);
    expect(readdirSync(into)).toEqual(['voices.onnx']);
    rmSync(folder, { recursive: true });
  });

  test('says which numbers are allowed', async () => {
    for (const [option, value] of [
      ['--piece-seconds', '0.5'],
      ['--epochs', '1.5'],
      ['--patience', '0'],
      ['--seed', 'x'],
    ] as const) {
      const { exitCode, err } = await vigilVoices('train', option, value);
      expect(exitCode).toBe(2);
      expect(err).toContain(`${option} takes a`);
    }
  });

  test('ends when it is told to, and writes nothing', async () => {
    const folder = small();
    const into = join(temporaryFolder(), 'audio');
    const { exitCode } = await vigilVoicesUntil(
      AbortSignal.timeout(1_500),
      ...['train', '--audios', folder, '--output', into, '--epochs', '10000', '--patience', '10000'],
    );
    expect(exitCode).not.toBe(0);
    expect(readdirSync(into)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

test('the network that was trained is asked in the mode seven-second', async () => {
  const state = temporaryFolder();
  const { out } = await vigilVoices(
    'identify',
    ...['--mode', 'seven-second', '--trained', output, '--audios', audios, '--state', state],
    ...['--input', clip('validation/Ana1'), '--input', clip('validation/Cleo2'), '--json'],
  );
  const answers = objects<AnswerObject>({ exitCode: 0, out, err: '' });
  expect(answers.map(({ decision, name }) => [decision, name])).toEqual([
    ['known', 'Ana'],
    ['known', 'Cleo'],
  ]);
});
