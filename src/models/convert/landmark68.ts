import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { OnnxModel } from '../onnx/onnx-file.ts';
import { add, convolve, type FeatureMap, matrix, pool, relu } from './convolution.ts';
import { normalizeByMeanColour, pictureInput, squared } from './picture.ts';
import type { Weights } from './weight-manifest.ts';

/**
 * face-api's 68-point network. Input: `image`, uint8 RGB [h, w, 3], a face's box cut from a picture. Output:
 * `landmarks` [68, 2], x and y in pixels of that cut.
 */
export function convertLandmark68(weights: Weights, metadata: OnnxModel['metadata']): OnnxModel {
  const graph = new GraphBuilder();
  const { map: square, side, missing } = squared(graph, pictureInput(graph), 112, true);
  let map = normalizeByMeanColour(graph, square);
  for (let block = 0; block < 4; block += 1) map = denseBlock(graph, weights, map, block);
  const pooled = pool(graph, map, 'AveragePool', map.heightPx, map.heightPx);
  const flat = graph.node('Reshape', [pooled.value, graph.integers(1, -1)]);
  const dense = graph.node('Gemm', [
    flat,
    matrix(graph, weights.get('fc/weights')),
    graph.floats(weights.floats('fc/bias')),
  ]);

  // Points are in parts of the square; the cut lies in its middle.
  const inSquare = graph.node('Mul', [
    graph.node('Reshape', [dense, graph.integers(68, 2)]),
    graph.cast(side, 'float32'),
  ]);
  const missingXy = graph.node('Gather', [missing, graph.integers(1, 0)]);
  const corner = graph.node('Mul', [graph.cast(missingXy, 'float32'), graph.scalar(0.5)]);
  graph.output('landmarks', 'float32', [68, 2], graph.node('Sub', [inSquare, corner]));
  return graph.finish('landmark68', metadata);
}

/** Four convolutions; each later one sees the sum of all before it, and the sum of all is the result. */
function denseBlock(graph: GraphBuilder, weights: Weights, map: FeatureMap, block: number): FeatureMap {
  const prefix = `dense${block}`;
  const first =
    block === 0
      ? convolve(graph, map, {
          filter: weights.get(`${prefix}/conv0/filters`),
          bias: weights.floats(`${prefix}/conv0/bias`),
          stride: 2,
          padding: 'same',
        })
      : separable(graph, weights, map, `${prefix}/conv0`, 2);
  const a = relu(graph, first);
  const ab = add(graph, a, separable(graph, weights, a, `${prefix}/conv1`, 1));
  const abc = add(graph, ab, separable(graph, weights, relu(graph, ab), `${prefix}/conv2`, 1));
  return relu(graph, add(graph, abc, separable(graph, weights, relu(graph, abc), `${prefix}/conv3`, 1)));
}

/** Depthwise 3x3, then 1x1 with bias; no activation between. */
function separable(
  graph: GraphBuilder,
  weights: Weights,
  map: FeatureMap,
  name: string,
  stride: number,
): FeatureMap {
  const depthwise = convolve(graph, map, {
    filter: weights.get(`${name}/depthwise_filter`),
    depthwise: true,
    stride,
    padding: 'same',
  });
  return convolve(graph, depthwise, {
    filter: weights.get(`${name}/pointwise_filter`),
    bias: weights.floats(`${name}/bias`),
    padding: 'same',
  });
}
