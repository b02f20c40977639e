import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { ConversionError } from './errors.ts';
import type { Weight } from './weight-manifest.ts';

/** A value of the graph of shape [batch, channels, height, width]. */
export interface FeatureMap {
  readonly value: string;
  readonly channels: number;
  readonly heightPx: number;
  readonly widthPx: number;
}

export interface Convolution {
  /** [kernel height, kernel width, in, out]; where it is depthwise [kernel height, kernel width, channels, 1]. */
  readonly filter: Weight;
  readonly depthwise?: boolean;
  readonly stride?: number;
  readonly padding: 'same' | 'valid';
  /** One number an output channel. */
  readonly bias?: Float32Array;
  /** A factor for each output channel, multiplied into the filter (not into the bias). */
  readonly gain?: Float32Array;
}

/** Below this the three nodes that unpack bytes are more than what is saved. */
const leastQuantizedValues = 1024;

/** A convolution with explicit pads; throws ConversionError where the filter does not fit the map. */
export function convolve(graph: GraphBuilder, map: FeatureMap, spec: Convolution): FeatureMap {
  const { filter, stride = 1, depthwise = false } = spec;
  const [kernelHeight = 0, kernelWidth = 0, third = 0, fourth = 0] = filter.shape;
  const channels = depthwise ? third : fourth;
  if (filter.shape.length !== 4 || third !== map.channels || (depthwise && fourth !== 1)) {
    throw new ConversionError(
      `Filter ${filter.name} [${filter.shape}] does not fit a map of ${map.channels} channels.`,
    );
  }
  const vertical = pads(map.heightPx, kernelHeight, stride, spec.padding);
  const horizontal = pads(map.widthPx, kernelWidth, stride, spec.padding);
  const inputs = [map.value, filterValue(graph, spec, channels)];
  if (spec.bias !== undefined) inputs.push(graph.floats(spec.bias));
  const value = graph.node('Conv', inputs, {
    kernel_shape: [kernelHeight, kernelWidth],
    strides: [stride, stride],
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after],
    group: depthwise ? channels : 1,
  });
  return { value, channels, heightPx: vertical.size, widthPx: horizontal.size };
}

export function relu(graph: GraphBuilder, map: FeatureMap): FeatureMap {
  return { ...map, value: graph.node('Relu', [map.value]) };
}

export function add(graph: GraphBuilder, a: FeatureMap, b: FeatureMap): FeatureMap {
  if (a.channels !== b.channels || a.heightPx !== b.heightPx || a.widthPx !== b.widthPx) {
    throw new ConversionError(`Maps ${shapeOf(a)} and ${shapeOf(b)} cannot be added.`);
  }
  return { ...a, value: graph.node('Add', [a.value, b.value]) };
}

/** Largest or mean value of each window; windows never reach over the border. */
export function pool(
  graph: GraphBuilder,
  map: FeatureMap,
  kind: 'MaxPool' | 'AveragePool',
  kernel: number,
  stride: number,
): FeatureMap {
  return {
    value: graph.node(kind, [map.value], { kernel_shape: [kernel, kernel], strides: [stride, stride] }),
    channels: map.channels,
    heightPx: pads(map.heightPx, kernel, stride, 'valid').size,
    widthPx: pads(map.widthPx, kernel, stride, 'valid').size,
  };
}

/**
 * Appends channels of zeros, by joining the output of a filter of zeros. Pad would give the same numbers, but
 * onnxruntime 1.27 pads only plain layouts, not its blocked one: with a Pad in a shortcut, that addition and
 * all later ones leave the blocked layout and come back, up to a quarter of a small network's time.
 */
export function appendZeroChannels(graph: GraphBuilder, map: FeatureMap, count: number): FeatureMap {
  if (count === 0) return map;
  const shape = [1, 1, map.channels, count];
  const zeros = convolve(graph, map, {
    filter: { name: 'zeros', shape, values: new Float32Array(map.channels * count) },
    padding: 'same',
  });
  const value = graph.node('Concat', [map.value, zeros.value], { axis: 1 });
  return { ...map, value, channels: map.channels + count };
}

/** A dense layer's matrix [in, out]. */
export function matrix(graph: GraphBuilder, weight: Weight): string {
  const { quantized, shape, values } = weight;
  if (quantized === undefined) return graph.floats(values, shape);
  const bytes = graph.constant({ type: 'uint8', shape, values: quantized.bytes });
  const perOutput = (constant: number) => graph.floats(new Float32Array(shape[1] ?? 0).fill(constant));
  return unpack(graph, bytes, perOutput(quantized.scale), perOutput(quantized.min));
}

/**
 * TensorFlow's padding: "same" gives ceil(size / stride) outputs and pads the odd pixel after the picture
 * (TensorFlow's guide, "Notes on padding combinations").
 */
export function pads(
  size: number,
  kernel: number,
  stride: number,
  padding: 'same' | 'valid',
): { before: number; after: number; size: number } {
  if (padding === 'valid') return { before: 0, after: 0, size: Math.floor((size - kernel) / stride) + 1 };
  const outputs = Math.ceil(size / stride);
  const total = Math.max((outputs - 1) * stride + kernel - size, 0);
  const before = Math.floor(total / 2);
  return { before, after: total - before, size: outputs };
}

/**
 * The filter as ONNX wants it. Bytes stay bytes in the file, a quarter of the size, and are unpacked in front
 * of the convolution: the runtime does that once, when it loads the graph.
 */
function filterValue(graph: GraphBuilder, { filter, gain }: Convolution, channels: number): string {
  const [kernelHeight = 0, kernelWidth = 0] = filter.shape;
  // [kh, kw, channels, 1] lies in memory as [kh, kw, 1, channels] does: both kinds are transposed alike.
  const order = outputsFirst(kernelHeight * kernelWidth, filter.values.length, channels);
  const shape = [
    channels,
    filter.values.length / (channels * kernelHeight * kernelWidth),
    kernelHeight,
    kernelWidth,
  ];
  const { quantized } = filter;
  if (quantized !== undefined && quantized.bytes.length >= leastQuantizedValues) {
    const values = Uint8Array.from(order, (index) => quantized.bytes[index] ?? 0);
    const perChannel = (constant: number) =>
      graph.floats(
        Array.from({ length: channels }, (_, channel) => constant * (gain?.[channel] ?? 1)),
        [channels, 1, 1, 1],
      );
    const bytes = graph.constant({ type: 'uint8', shape, values });
    return unpack(graph, bytes, perChannel(quantized.scale), perChannel(quantized.min));
  }
  const valuesPerChannel = filter.values.length / channels;
  const values = Array.from(
    order,
    (index, position) => (filter.values[index] ?? 0) * (gain?.[Math.floor(position / valuesPerChannel)] ?? 1),
  );
  return graph.floats(values, shape);
}

/** For each place of a filter [out, in, kh, kw] its place in [kh, kw, in, out]. */
function outputsFirst(kernelArea: number, count: number, channels: number): Uint32Array {
  const inputs = count / (kernelArea * channels);
  const order = new Uint32Array(count);
  let position = 0;
  for (let output = 0; output < channels; output += 1) {
    for (let input = 0; input < inputs; input += 1) {
      for (let tap = 0; tap < kernelArea; tap += 1) {
        order[position] = (tap * inputs + input) * channels + output;
        position += 1;
      }
    }
  }
  return order;
}

/**
 * byte * scale + min. Both constants come as one number a channel even where all are alike: with scalars,
 * onnxruntime 1.27 takes up to three times as long to load the graph.
 */
function unpack(graph: GraphBuilder, bytes: string, scale: string, min: string): string {
  return graph.node('Add', [graph.node('Mul', [graph.cast(bytes, 'float32'), scale]), min]);
}

function shapeOf(map: FeatureMap): string {
  return `[${map.channels}, ${map.heightPx}, ${map.widthPx}]`;
}
