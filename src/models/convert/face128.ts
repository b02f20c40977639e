import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { OnnxModel } from '../onnx/onnx-file.ts';
import { add, appendZeroChannels, convolve, type FeatureMap, matrix, pool, relu } from './convolution.ts';
import { normalizeByMeanColour } from './picture.ts';
import type { Weight, Weights } from './weight-manifest.ts';

const chipPx = 150;

/**
 * face-api's recognition network, dlib's ResNet-29 (dlib's dnn_face_recognition_ex.cpp). Input: `chips`, uint8
 * RGB [n, 150, 150, 3], aligned faces. Output: `embeddings` [n, 128], not normalised.
 */
export function convertFace128(weights: Weights, metadata: OnnxModel['metadata']): OnnxModel {
  const graph = new GraphBuilder();
  const chips = graph.input('chips', 'uint8', ['n', chipPx, chipPx, 3]);
  const planes = graph.cast(graph.node('Transpose', [chips], { perm: [0, 3, 1, 2] }), 'float32');
  const net = new Layers(graph, weights);

  let map: FeatureMap = { value: planes, channels: 3, heightPx: chipPx, widthPx: chipPx };
  map = relu(graph, net.scaled(normalizeByMeanColour(graph, map), 'conv32_down', 2, 'valid'));
  map = pool(graph, map, 'MaxPool', 3, 2);
  for (const name of ['conv32_1', 'conv32_2', 'conv32_3']) map = net.residual(map, name);
  map = net.down(map, 'conv64_down');
  for (const name of ['conv64_1', 'conv64_2', 'conv64_3']) map = net.residual(map, name);
  map = net.down(map, 'conv128_down');
  for (const name of ['conv128_1', 'conv128_2']) map = net.residual(map, name);
  map = net.down(map, 'conv256_down');
  for (const name of ['conv256_1', 'conv256_2']) map = net.residual(map, name);
  map = net.down(map, 'conv256_down_out');

  const mean = graph.node('ReduceMean', [map.value], { axes: [2, 3], keepdims: 0 });
  const embeddings = graph.node('MatMul', [mean, matrix(graph, weights.get('fc'))]);
  graph.output('embeddings', 'float32', ['n', 128], embeddings);
  return graph.finish('face128', metadata);
}

class Layers {
  readonly #graph: GraphBuilder;
  readonly #weights: Weights;

  constructor(graph: GraphBuilder, weights: Weights) {
    this.#graph = graph;
    this.#weights = weights;
  }

  /** Convolution and bias, then a factor and an offset for each channel, folded into one convolution. */
  scaled(map: FeatureMap, name: string, stride: number, padding: 'same' | 'valid'): FeatureMap {
    const gain = this.#weights.floats(`${name}/scale/weights`);
    const offset = this.#weights.floats(`${name}/scale/biases`);
    const bias = this.#weights
      .floats(`${name}/conv/bias`)
      .map((value, channel) => value * (gain[channel] ?? 1) + (offset[channel] ?? 0));
    const filter = this.#weights.get(`${name}/conv/filters`);
    const single = map.heightPx === 1 && map.widthPx === 1 && padding === 'same';
    return convolve(this.#graph, map, {
      filter: single ? middleTap(filter) : filter,
      bias,
      gain,
      stride,
      padding,
    });
  }

  residual(map: FeatureMap, name: string): FeatureMap {
    const inner = relu(this.#graph, this.scaled(map, `${name}/conv1`, 1, 'same'));
    return relu(this.#graph, add(this.#graph, this.scaled(inner, `${name}/conv2`, 1, 'same'), map));
  }

  /**
   * A residual at half the size. The shortcut is the mean of 2x2, with zero channels appended; where it is a
   * pixel larger than the convolutions' map, zeros are appended to theirs (dlib's add_prev pads either side).
   */
  down(map: FeatureMap, name: string): FeatureMap {
    const inner = relu(this.#graph, this.scaled(map, `${name}/conv1`, 2, 'valid'));
    const outer = this.scaled(inner, `${name}/conv2`, 1, 'same');
    const shortcut = pool(this.#graph, map, 'AveragePool', 2, 2);
    const size = {
      channels: Math.max(outer.channels, shortcut.channels),
      heightPx: Math.max(outer.heightPx, shortcut.heightPx),
      widthPx: Math.max(outer.widthPx, shortcut.widthPx),
    };
    return relu(this.#graph, add(this.#graph, this.#padded(shortcut, size), this.#padded(outer, size)));
  }

  #padded(map: FeatureMap, { channels, heightPx, widthPx }: Omit<FeatureMap, 'value'>): FeatureMap {
    const grown = appendZeroChannels(this.#graph, map, channels - map.channels);
    const missing = [heightPx - map.heightPx, widthPx - map.widthPx];
    if (missing.every((count) => count === 0)) return grown;
    const ends = this.#graph.integers(0, 0, 0, 0, 0, 0, ...missing);
    const value = this.#graph.node('Pad', [grown.value, ends, this.#graph.scalar(0)]);
    return { value, channels, heightPx, widthPx };
  }
}

/** On a map of one pixel a 3x3 filter meets zeros with all but its middle: half a megabyte that does nothing. */
function middleTap({ name, shape, values, quantized }: Weight): Weight {
  const [kernelHeight = 0, kernelWidth = 0, inputs = 0, outputs = 0] = shape;
  const start = Math.floor((kernelHeight * kernelWidth) / 2) * inputs * outputs;
  const end = start + inputs * outputs;
  return {
    name,
    shape: [1, 1, inputs, outputs],
    values: values.slice(start, end),
    ...(quantized && { quantized: { ...quantized, bytes: quantized.bytes.slice(start, end) } }),
  };
}
