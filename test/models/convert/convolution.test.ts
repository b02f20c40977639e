import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { appendZeroChannels, type Convolution, convolve } from '../../../src/models/convert/convolution.ts';
import { GraphBuilder } from '../../../src/models/onnx/graph-builder.ts';
import { encodeOnnx } from '../../../src/models/onnx/onnx-file.ts';

interface Case {
  readonly sizePx: number;
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
  readonly depthwise: boolean;
  readonly seed: number;
}

const cases = fc.record<Case>({
  sizePx: fc.integer({ min: 5, max: 9 }),
  kernel: fc.constantFrom(1, 3, 5),
  inputs: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 9 }),
  stride: fc.constantFrom(1, 2),
  padding: fc.constantFrom('same', 'valid'),
  depthwise: fc.boolean(),
  seed: fc.nat(),
});

describe('a converted convolution', () => {
  test('gives what the published one gives by definition', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (which) => {
        const { spec, input, channels } = example(which);
        const graph = new GraphBuilder();
        const { sizePx, inputs } = which;
        const value = graph.input('in', 'float32', [1, inputs, sizePx, sizePx]);
        const map = { value, channels: inputs, heightPx: sizePx, widthPx: sizePx };
        const output = convolve(graph, map, spec);
        graph.output('out', 'float32', [1, channels, output.heightPx, output.widthPx], output.value);
        const given = await run(
          graph,
          new Tensor('float32', planar(input, inputs), [1, inputs, sizePx, sizePx]),
        );
        const expected = planar(byDefinition(which, spec, input, channels), channels);
        expect(given.length).toBe(expected.length);
        expect(largestDifference(given, expected)).toBeLessThan(1e-4);
      }),
      { numRuns: 60 },
    );
  });

  test('of bytes gives what its floats would', async () => {
    const bytes = Uint8Array.from({ length: 3 * 3 * 16 * 16 }, (_, index) => (index * 37) % 256);
    const quantized = { bytes, scale: 0.01, min: -1.25 };
    const values = Float32Array.from(bytes, (byte) => byte * 0.01 - 1.25);
    const gain = Float32Array.from({ length: 16 }, (_, channel) => 0.5 + channel / 8);
    const input = new Tensor('float32', noise(16 * 64, 7), [1, 16, 8, 8]);
    const results = [];
    for (const filter of [
      { name: 'f', shape: [3, 3, 16, 16], values },
      { name: 'f', shape: [3, 3, 16, 16], values, quantized },
    ]) {
      const graph = new GraphBuilder();
      const value = graph.input('in', 'float32', [1, 16, 8, 8]);
      const map = { value, channels: 16, heightPx: 8, widthPx: 8 };
      const output = convolve(graph, map, { filter, gain, padding: 'same' });
      graph.output('out', 'float32', [1, 16, 8, 8], output.value);
      results.push({ given: await run(graph, input), fileBytes: encoded(graph).length });
    }
    const [floats, packed] = results;
    expect(largestDifference(packed!.given, floats!.given)).toBeLessThan(1e-3);
    expect(packed!.fileBytes).toBeLessThan(floats!.fileBytes / 3);
  });

  test('that does not fit its map is refused by name', () => {
    const map = { value: 'in', channels: 4, heightPx: 8, widthPx: 8 };
    const filter = { name: 'conv7/filters', shape: [3, 3, 3, 8], values: new Float32Array(216) };
    expect(() => convolve(new GraphBuilder(), map, { filter, padding: 'same' })).toThrow(
      'Filter conv7/filters [3,3,3,8] does not fit a map of 4 channels',
    );
  });
});

test('appended channels are zero and leave the others alone', async () => {
  const graph = new GraphBuilder();
  const value = graph.input('in', 'float32', [1, 3, 4, 4]);
  const grown = appendZeroChannels(graph, { value, channels: 3, heightPx: 4, widthPx: 4 }, 5);
  graph.output('out', 'float32', [1, 8, 4, 4], grown.value);
  const values = noise(48, 3);
  const given = await run(graph, new Tensor('float32', values, [1, 3, 4, 4]));
  expect([...given]).toEqual([...values, ...new Float32Array(80)]);
});

test('the same graph gives the same bytes', () => {
  const build = () => {
    const graph = new GraphBuilder();
    const value = graph.input('in', 'float32', ['n', 3, 4, 4]);
    const map = { value, channels: 3, heightPx: 4, widthPx: 4 };
    const filter = { name: 'f', shape: [1, 1, 3, 8], values: noise(24, 5) };
    graph.output('out', 'float32', ['n', 8, 4, 4], convolve(graph, map, { filter, padding: 'same' }).value);
    return encoded(graph);
  };
  expect(build()).toEqual(build());
});

function example(which: Case): { spec: Convolution; input: Float32Array; channels: number } {
  const { kernel, inputs, outputs, stride, padding, depthwise, seed, sizePx } = which;
  const channels = depthwise ? inputs : outputs;
  const shape = [kernel, kernel, inputs, depthwise ? 1 : outputs];
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    channels,
    input: noise(sizePx * sizePx * inputs, seed),
    spec: {
      filter: { name: 'filter', shape, values: noise(count, seed + 1) },
      bias: noise(channels, seed + 2),
      gain: noise(channels, seed + 3),
      depthwise,
      stride,
      padding,
    },
  };
}

/** TensorFlow's own definition, over [height, width, channels]. */
function byDefinition(which: Case, spec: Convolution, input: Float32Array, channels: number): Float32Array {
  const { sizePx, kernel, inputs, stride, padding, depthwise } = which;
  const size = padding === 'same' ? Math.ceil(sizePx / stride) : Math.floor((sizePx - kernel) / stride) + 1;
  const total = padding === 'same' ? Math.max((size - 1) * stride + kernel - sizePx, 0) : 0;
  const before = Math.floor(total / 2);
  const output = new Float32Array(size * size * channels);
  for (let place = 0; place < output.length; place += 1) {
    const channel = place % channels;
    const x = Math.floor(place / channels) % size;
    const y = Math.floor(place / channels / size);
    let sum = 0;
    for (let tap = 0; tap < kernel * kernel; tap += 1) {
      const row = y * stride + Math.floor(tap / kernel) - before;
      const column = x * stride + (tap % kernel) - before;
      if (row < 0 || row >= sizePx || column < 0 || column >= sizePx) continue;
      for (const from of depthwise ? [channel] : Array(inputs).keys()) {
        const weight = depthwise ? tap * inputs + channel : (tap * inputs + from) * channels + channel;
        sum += input[(row * sizePx + column) * inputs + from]! * spec.filter.values[weight]!;
      }
    }
    output[place] = sum * spec.gain![channel]! + spec.bias![channel]!;
  }
  return output;
}

/** [pixels, channels] to [channels, pixels]. */
function planar(values: Float32Array, channels: number): Float32Array {
  const pixels = values.length / channels;
  return values.map((_, place) => values[(place % pixels) * channels + Math.floor(place / pixels)]!);
}

/** Numbers in -1..1 (a linear congruential generator, Numerical Recipes' constants). */
function noise(count: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function encoded(graph: GraphBuilder): Uint8Array {
  return encodeOnnx(graph.finish('test', {}));
}

async function run(graph: GraphBuilder, input: Tensor): Promise<Float32Array> {
  const session = await InferenceSession.create(encoded(graph), { intraOpNumThreads: 1 });
  const { out } = await session.run({ in: input });
  await session.release();
  if (out?.data instanceof Float32Array) return out.data;
  throw new Error('no output');
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);
}
