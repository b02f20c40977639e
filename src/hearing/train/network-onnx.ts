import { GraphBuilder } from '../../models/onnx/graph-builder.ts';
import { encodeOnnx } from '../../models/onnx/onnx-file.ts';
import { featureVersion } from '../features/features193.ts';
import { networkInput, networkOutput } from '../trained-file.ts';
import type { DenseLayer } from './network.ts';
import type { Scaler } from './scaler.ts';

/**
 * The network as the bytes of an ONNX file: float32 [n, features] as they were computed, to a share a label,
 * float32 [n, labels]. The scaler is inside, so that nobody can forget it; dropout, which only trains, is not. The
 * same numbers give the same bytes.
 */
export function trainedOnnx(scaler: Scaler, layers: readonly DenseLayer[]): Uint8Array {
  const graph = new GraphBuilder();
  const input = graph.input(networkInput, 'float32', ['n', scaler.mean.length]);
  let values = graph.node('Sub', [input, graph.floats(scaler.mean)]);
  values = graph.node('Mul', [values, graph.floats(scaler.scale.map((scale) => 1 / scale))]);
  for (const [i, { inputs, outputs, weights, biases }] of layers.entries()) {
    values = graph.node('MatMul', [values, graph.floats(weights, [inputs, outputs])]);
    values = graph.node('Add', [values, graph.floats(biases)]);
    if (i < layers.length - 1) values = graph.node('Relu', [values]);
  }
  values = graph.node('Softmax', [values], { axis: -1 });
  graph.output(networkOutput, 'float32', ['n', layers.at(-1)?.outputs ?? 0], values);
  return encodeOnnx(graph.finish('voices', { features: featureVersion }));
}
