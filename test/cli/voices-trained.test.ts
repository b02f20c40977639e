import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { featureCount, featureVersion } from '../../src/hearing/features/features193.ts';
import { trainedOnnx } from '../../src/hearing/train/network-onnx.ts';
import { type TrainedDescription, trainedFiles } from '../../src/hearing/trained-file.ts';
import { wavBytes } from '../hal/linux/wav-bytes.ts';
import { removeTemporary, temporaryFolder } from '../people/temporary.ts';
import { type AnswerObject, clip, objects, vigilVoices } from './voices-run.ts';

setDefaultTimeout(60_000);
afterEach(removeTemporary);

/** A network that gives every sound the same shares, in the folder that is given back. */
function networkThatSays(shares: Readonly<Record<string, number>>): string {
  const folder = temporaryFolder();
  const labels = Object.keys(shares);
  const scaler = { mean: new Float64Array(featureCount), scale: new Float64Array(featureCount).fill(1) };
  const network = trainedOnnx(scaler, [
    {
      inputs: featureCount,
      outputs: labels.length,
      weights: new Float32Array(featureCount * labels.length),
      biases: Float32Array.from(Object.values(shares), Math.log),
    },
  ]);
  const rate = { count: 1, of: 1, low: 0, high: 1 };
  const description: TrainedDescription = {
    version: 1,
    labels,
    featureVersion,
    pieceMs: 7_000,
    network: {
      file: trainedFiles.network,
      bytes: network.length,
      sha256: createHash('sha256').update(network).digest('hex'),
    },
    training: {
      ...{ seed: 1, backend: 'wasm', epochs: 1, bestEpoch: 1, trainPieces: 1, validationPieces: 1 },
      split: 'folders',
    },
    accuracy: { pieces: rate, recordings: rate },
    confusion: labels.map(() => labels.map(() => 0)),
    recordings: [],
  };
  writeFileSync(join(folder, trainedFiles.network), network);
  writeFileSync(join(folder, trainedFiles.description), JSON.stringify(description));
  return folder;
}

const sevenSeconds = (trained: string, ...inputs: string[]) => [
  ...['--mode', 'seven-second', '--trained', trained, '--state', temporaryFolder(), '--json'],
  ...inputs.flatMap((input) => ['--input', input]),
];

test('the trained network names by its labels when the share is large enough, and says unknown otherwise', async () => {
  const sure = await vigilVoices(
    'identify',
    ...sevenSeconds(networkThatSays({ Ana: 0.97, Bea: 0.03 }), clip('validation/Ana1')),
    ...['--expect', 'ana'],
  );
  expect(sure.exitCode).toBe(0);
  const [named] = objects<AnswerObject>(sure);
  expect(named).toMatchObject({ decision: 'known', name: 'Ana', secondName: 'Bea', mode: 'seven-second' });
  expect(named?.score).toBeCloseTo(0.97, 4);
  const unsure = await vigilVoices(
    'identify',
    ...sevenSeconds(networkThatSays({ Ana: 0.94, Bea: 0.06 }), clip('validation/Ana1')),
  );
  expect(objects<AnswerObject>(unsure)[0]).toMatchObject({ decision: 'unknown', name: null });
});

test('it is asked every seven seconds while listening, and never about silence', async () => {
  const trained = networkThatSays({ Ana: 0.99, Bea: 0.01 });
  const silence = join(temporaryFolder(), 'silence.wav');
  writeFileSync(silence, wavBytes([new Float32Array(7 * 16_000)]));
  const ran = await vigilVoices('listen', ...sevenSeconds(trained, clip('validation/Cleo1'), silence));
  expect(ran.exitCode).toBe(0);
  const answers = objects<AnswerObject>(ran);
  expect(answers[0]).toMatchObject({ name: 'Ana', startS: 0, endS: 7, mode: 'seven-second', final: true });
  expect(answers.at(-1)).toMatchObject({ input: silence, decision: 'no-speech', name: null });
});

test('without a trained network: exit code 3, and how to get one', async () => {
  const ran = await vigilVoices(
    'identify',
    ...sevenSeconds(join(temporaryFolder(), 'nothing'), clip('validation/Ana1')),
  );
  expect(ran).toMatchObject({ exitCode: 3, err: expect.stringContaining('vigil voices train') });
});
