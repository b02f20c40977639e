import { beforeAll, describe, expect, test } from 'bun:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { featureCount } from '../../../src/hearing/features/features193.ts';
import { sharesOf, type TrainedClosedSet, trainClosedSet } from '../../../src/hearing/train/closed-set.ts';
import { answerOtherwise } from '../../../src/hearing/train/compare.ts';
import type { Epoch } from '../../../src/hearing/train/network.ts';
import { largestOf } from '../../../src/hearing/train/network.ts';
import { trainedOnnx } from '../../../src/hearing/train/network-onnx.ts';
import { fitScaler } from '../../../src/hearing/train/scaler.ts';
import { madeFeatures } from './made-features.ts';

const labels = ['Ana', 'Bea', 'Cleo'];
const training = madeFeatures(labels, 40, 'train');
const validation = madeFeatures(labels, 10, 'validation');
const { signal } = new AbortController();

function train(seed = 1): Promise<TrainedClosedSet> {
  const settings = { seed, epochs: 12, patience: 100 };
  return trainClosedSet(labels, training, validation, settings, () => undefined, signal);
}

const bytesOf = ({ scaler, network }: TrainedClosedSet) => trainedOnnx(scaler, network.layers);

let trained: TrainedClosedSet;
beforeAll(async () => {
  trained = await train();
});

test('it has the layers of the Python program', () => {
  const shapes = trained.network.layers.map(({ inputs, outputs }) => [inputs, outputs]);
  expect(shapes).toEqual([
    [193, 193],
    [193, 128],
    [128, 128],
    [128, 3],
  ]);
  const parameters = trained.network.layers.reduce(
    (sum, { weights, biases }) => sum + weights.length + biases.length,
    0,
  );
  expect(parameters).toBe(79_173);
});

test('it learns who is who', () => {
  const { epochs, best } = trained.network;
  expect(epochs[best]!.validationAccuracy).toBeGreaterThan(0.9);
  expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss / 2);
});

test('the same seed gives the same file, byte for byte, and another seed another one', async () => {
  expect(Buffer.from(bytesOf(await train())).equals(bytesOf(trained))).toBe(true);
  expect(Buffer.from(bytesOf(await train(2))).equals(bytesOf(trained))).toBe(false);
});

test('the scaler knows nothing of the validation features', () => {
  const ofTraining = fitScaler(training.map(({ features }) => features));
  expect(trained.scaler).toEqual(ofTraining);
});

test('the file and the trainer agree, on features as they were computed', async () => {
  const session = await InferenceSession.create(bytesOf(trained), { logSeverityLevel: 4 });
  const input = new Float32Array(validation.length * featureCount);
  for (const [i, { features }] of validation.entries()) input.set(features, i * featureCount);
  const { shares } = await session.run({
    x: new Tensor('float32', input, [validation.length, featureCount]),
  });
  await session.release();
  expect(shares!.dims).toEqual([validation.length, labels.length]);
  const fromFile = [...(shares!.data as Float32Array)];
  const fromTrainer = trained.network.validationShares.flatMap((row) => [...row]);
  const fromFormula = validation.flatMap(({ features }) => sharesOf(trained, features));
  for (const [i, share] of fromFile.entries()) {
    expect(Math.abs(share - fromTrainer[i]!)).toBeLessThan(1e-5);
    expect(Math.abs(share - fromFormula[i]!)).toBeLessThan(1e-5);
  }
});

describe('when training goes on for too long', () => {
  test('it ends after the patience, and the weights of the best epoch are kept', async () => {
    // A third of the recordings bear a wrong name: the surer the network grows, the larger its loss there.
    const misnamed = validation.map((piece, i) => ({
      ...piece,
      label: labels[i % 9 < 3 ? (i + 1) % 3 : i % 3]!,
    }));
    const told: Epoch[] = [];
    const { network } = await trainClosedSet(
      labels,
      training,
      misnamed,
      { seed: 1, epochs: 100, patience: 3 },
      (_, figures) => told.push(figures),
      signal,
    );
    const losses = told.map(({ validationLoss }) => validationLoss);
    expect(network.best).toBe(losses.indexOf(Math.min(...losses)));
    expect(network.epochs).toHaveLength(network.best + 1 + 3);
    expect(network.epochs.length).toBeLessThan(100);
    // The shares that go with the kept weights give the loss of the best epoch.
    const classes = misnamed.map(({ label }) => labels.indexOf(label));
    const loss = network.validationShares.reduce((sum, row, i) => sum - Math.log(row[classes[i]!]!), 0);
    expect(loss / classes.length).toBeCloseTo(losses[network.best]!, 4);
  });

  test('an abort ends it with its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const told = () => stop.abort(reason);
    const running = trainClosedSet(
      labels,
      training,
      validation,
      { seed: 1, epochs: 400, patience: 400 },
      told,
      stop.signal,
    );
    expect(await running.catch((error: unknown) => error)).toBe(reason);
  });
});

test('nearest neighbours and support vectors know the same speakers, the same way each time', () => {
  const answers = answerOtherwise(trained.training, trained.validation);
  for (const each of [answers.nearestNeighbours, answers.supportVectors]) {
    const right = each.filter((answer, i) => answer === trained.validation.classes[i]).length;
    expect(right / validation.length).toBeGreaterThan(0.8);
  }
  expect(answerOtherwise(trained.training, trained.validation)).toEqual(answers);
});

test('of equal shares the first is the largest', () => {
  expect(largestOf(new Float32Array([0.2, 0.4, 0.4]))).toBe(1);
});
