import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { add, appendZeroChannels, convolve, type FeatureMap, pads, pool, relu } from './convolution.ts';
import { ConversionError } from './errors.ts';
import type { GraphModel, TensorFlowNode } from './graph-model.ts';
import type { Weight, Weights } from './weight-manifest.ts';

/** A map whose channels were rounded up to whole blocks; those from `used` on are zero. */
interface BlockMap extends FeatureMap {
  readonly used: number;
}

/** onnxruntime computes on blocks of eight channels (AVX2) and falls back to slower kernels between them. */
const channelBlock = 8;

/**
 * Converts the layers of a BlazeFace that a head needs. Channels are rounded up to whole blocks by filters of
 * zeros, so that the whole network stays in the runtime's fast layout.
 */
export class BlazeFaceLayers {
  readonly #graph: GraphBuilder;
  readonly #model: GraphModel;
  readonly #weights: Weights;
  readonly #picture: FeatureMap;
  readonly #maps = new Map<string, BlockMap>();

  constructor(graph: GraphBuilder, model: GraphModel, weights: Weights, picture: FeatureMap) {
    this.#graph = graph;
    this.#model = model;
    this.#weights = weights;
    this.#picture = picture;
  }

  /**
   * A head's convolution. `change` may recombine its output channels: it gets and gives one number for each
   * of them, once for each input channel and once for the bias.
   */
  head(node: TensorFlowNode, change = (outputs: Float32Array) => outputs): FeatureMap {
    const { input, filter, bias } = this.#operands(node);
    const channels = bias.length;
    const values = filter.values.slice();
    for (let start = 0; start < values.length; start += channels) {
      values.set(change(Float32Array.from(values.subarray(start, start + channels))), start);
    }
    return convolve(this.#graph, input, {
      filter: widen({ name: filter.name, shape: filter.shape, values }, input.channels, channels),
      bias: change(bias),
      padding: 'same',
    });
  }

  #map(name: string): BlockMap {
    const known = this.#maps.get(name);
    if (known !== undefined) return known;
    const node = this.#model.nodes.get(name);
    if (node === undefined) throw new ConversionError(`There is no node named ${name}.`);
    const map = this.#convert(node);
    this.#maps.set(name, map);
    return map;
  }

  #convert(node: TensorFlowNode): BlockMap {
    const [first = '', second = ''] = node.inputs;
    switch (node.operator) {
      case 'Placeholder':
        return { ...this.#picture, used: this.#picture.channels };
      case '_FusedConv2D':
        return this.#dense(node);
      case 'DepthwiseConv2dNative':
        return this.#depthwise(node);
      case 'AddV2': {
        const [a, b] = [this.#map(first), this.#map(second)];
        return { ...add(this.#graph, a, b), used: a.used };
      }
      case 'Relu': {
        const input = this.#map(first);
        return { ...relu(this.#graph, input), used: input.used };
      }
      case 'MaxPool': {
        const input = this.#map(first);
        const { before, after } = pads(input.heightPx, node.kernelSize, node.stride, 'same');
        if (before + after > 0) throw new ConversionError(`${node.name} reaches over the border.`);
        return { ...pool(this.#graph, input, 'MaxPool', node.kernelSize, node.stride), used: input.used };
      }
      case 'Pad':
        return this.#append(this.#map(first), this.#appendedChannels(node));
      default:
        throw new ConversionError(`${node.name} is a ${node.operator}, which no BlazeFace known here has.`);
    }
  }

  #dense(node: TensorFlowNode): BlockMap {
    const { input, filter, bias } = this.#operands(node);
    const channels = wholeBlocks(bias.length);
    const wideBias = new Float32Array(channels);
    wideBias.set(bias);
    const output = convolve(this.#graph, input, {
      filter: widen(filter, input.channels, channels),
      bias: wideBias,
      stride: node.stride,
      padding: node.padding === 'VALID' ? 'valid' : 'same',
    });
    const activated = node.fusedOperators.includes('Relu') ? relu(this.#graph, output) : output;
    return { ...activated, used: bias.length };
  }

  #depthwise(node: TensorFlowNode): BlockMap {
    const [source = '', filterName = ''] = node.inputs;
    const input = this.#map(source);
    const { name, shape, values } = this.#weights.get(filterName);
    const [kernelHeight = 0, kernelWidth = 0, channels = 0] = shape;
    const wide = widen({ name, shape: [kernelHeight, kernelWidth, 1, channels], values }, 1, input.channels);
    const output = convolve(this.#graph, input, {
      filter: { ...wide, shape: [kernelHeight, kernelWidth, input.channels, 1] },
      depthwise: true,
      stride: node.stride,
      padding: node.padding === 'VALID' ? 'valid' : 'same',
    });
    return { ...output, used: input.used };
  }

  #operands(node: TensorFlowNode): { input: BlockMap; filter: Weight; bias: Float32Array } {
    const { fusedOperators, inputs } = node;
    const [source = '', filter = '', bias = ''] = inputs;
    if (fusedOperators.join() !== 'BiasAdd' && fusedOperators.join() !== 'BiasAdd,Relu') {
      throw new ConversionError(`${node.name} fuses ${fusedOperators.join(', ')}, not BiasAdd and Relu.`);
    }
    return {
      input: this.#map(source),
      filter: this.#weights.get(filter),
      bias: this.#weights.floats(bias),
    };
  }

  /** Pads stand as before and after for [batch, height, width, channels]: only channels may be appended. */
  #appendedChannels(node: TensorFlowNode): number {
    const [, paddings = ''] = node.inputs;
    const all = Array.from(this.#weights.get(paddings).values);
    if (all.length === 8 && all.slice(0, 7).every((pad) => pad === 0)) return all[7] ?? 0;
    throw new ConversionError(`${node.name} pads by ${all.join()}, not only behind the channels.`);
  }

  #append(map: BlockMap, count: number): BlockMap {
    const used = map.used + count;
    // The last block may have room for them.
    const missing = wholeBlocks(used) - map.channels;
    return { ...appendZeroChannels(this.#graph, map, missing), used };
  }
}

function wholeBlocks(channels: number): number {
  return Math.ceil(channels / channelBlock) * channelBlock;
}

/** A filter [kh, kw, in, out] with zeros for the inputs and outputs it does not have. */
function widen({ name, shape, values }: Weight, inputs: number, outputs: number): Weight {
  const [kernelHeight = 0, kernelWidth = 0, narrowInputs = 0, narrowOutputs = 0] = shape;
  const wide = new Float32Array(kernelHeight * kernelWidth * inputs * outputs);
  for (let tap = 0; tap < kernelHeight * kernelWidth; tap += 1) {
    for (let input = 0; input < narrowInputs; input += 1) {
      const start = (tap * narrowInputs + input) * narrowOutputs;
      wide.set(values.subarray(start, start + narrowOutputs), (tap * inputs + input) * outputs);
    }
  }
  return { name, shape: [kernelHeight, kernelWidth, inputs, outputs], values: wide };
}
