import {
  type DenseLayer,
  type Epoch,
  type Examples,
  type FittedNetwork,
  fitNetwork,
  type NetworkSettings,
} from './network.ts';
import { fitScaler, type Scaler, scaled } from './scaler.ts';

/** Features as they were computed, and whose they are. */
export interface LabelledFeatures {
  readonly label: string;
  readonly features: Float32Array;
}

/** A network with what was fitted to its training features. */
export interface TrainedClosedSet {
  readonly labels: readonly string[];
  readonly scaler: Scaler;
  readonly network: FittedNetwork;
  /** Both sets as the network took them. */
  readonly training: Examples;
  readonly validation: Examples;
}

/**
 * Fits the scaler to the training features alone, and the network to both. Every label of `validation` is one of
 * `labels`. Rejects with `signal.reason` on abort.
 */
export async function trainClosedSet(
  labels: readonly string[],
  training: readonly LabelledFeatures[],
  validation: readonly LabelledFeatures[],
  settings: Omit<NetworkSettings, 'classes'>,
  progress: (epoch: number, figures: Epoch) => void,
  signal: AbortSignal,
): Promise<TrainedClosedSet> {
  const scaler = fitScaler(training.map(({ features }) => features));
  const examples = (some: readonly LabelledFeatures[]): Examples => ({
    vectors: some.map(({ features }) => scaled(features, scaler)),
    classes: some.map(({ label }) => labels.indexOf(label)),
  });
  const [learnt, tried] = [examples(training), examples(validation)];
  const network = await fitNetwork(learnt, tried, { ...settings, classes: labels.length }, progress, signal);
  return { labels, scaler, network, training: learnt, validation: tried };
}

/** A share for each label, summing to 1: what the network's file gives, without onnxruntime. */
export function sharesOf({ scaler, network }: TrainedClosedSet, features: Float32Array): number[] {
  let values = [...scaled(features, scaler)];
  for (const [i, layer] of network.layers.entries()) {
    values = denseOf(layer, values);
    if (i < network.layers.length - 1) values = values.map((value) => Math.max(0, value));
  }
  const most = Math.max(...values);
  const odds = values.map((value) => Math.exp(value - most));
  const total = odds.reduce((sum, value) => sum + value, 0);
  return odds.map((value) => value / total);
}

function denseOf({ outputs, weights, biases }: DenseLayer, values: readonly number[]): number[] {
  return Array.from(biases, (bias, output) =>
    values.reduce((sum, value, input) => sum + value * weights[input * outputs + output]!, bias),
  );
}
