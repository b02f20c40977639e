import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { OnnxModel } from '../onnx/onnx-file.ts';
import { convolve, type FeatureMap } from './convolution.ts';
import { normalizeSymmetric, pictureInput, squared } from './picture.ts';
import { suppress } from './suppression.ts';
import type { Weights } from './weight-manifest.ts';

/**
 * face-api's Single-Shot Detector on MobileNetV1 (arXiv 1512.02325, 1704.04861). Input: `image`, uint8 RGB
 * [h, w, 3]. Outputs, best first: `boxes` [n, 4] (left, top, right, bottom in picture pixels, clipped to the
 * picture) and `scores` [n].
 */
export function convertSsdMobilenet(weights: Weights, metadata: OnnxModel['metadata']): OnnxModel {
  const graph = new GraphBuilder();
  const picture = pictureInput(graph);
  const { map: square, side } = squared(graph, picture, 512, false);
  const net = new Layers(graph, weights);

  const { middle, last } = net.mobilenet(normalizeSymmetric(graph, square));
  const maps = [middle, last, ...net.extras(last)];
  const encoded = maps.map((map, k) => net.predictor(map, `BoxPredictor_${k}/BoxEncodingPredictor`, 4));
  const classes = maps.map((map, k) => net.predictor(map, `BoxPredictor_${k}/ClassPredictor`, 3));

  const boxes = decode(graph, weights, graph.node('Concat', encoded, { axis: 0 }));
  // Of the three classes the second is the face.
  const face = graph.node('Gather', [graph.node('Concat', classes, { axis: 0 }), graph.integers(1)], {
    axis: 1,
  });
  const scores = graph.node('Sigmoid', [graph.node('Reshape', [face, graph.integers(-1)])]);
  const kept = suppress(graph, boxes, scores, { leastScore: 0.1, mostOverlap: 0.5, mostBoxes: 100 });

  const inPicture = graph.node('Mul', [
    graph.node('Gather', [boxes, kept], { axis: 0 }),
    graph.cast(side, 'float32'),
  ]);
  const limit = graph.cast(graph.node('Gather', [picture.size, graph.integers(1, 0, 1, 0)]), 'float32');
  const clipped = graph.node('Min', [graph.node('Max', [inPicture, graph.scalar(0)]), limit]);
  graph.output('boxes', 'float32', ['n', 4], clipped);
  graph.output('scores', 'float32', ['n'], graph.node('Gather', [scores, kept], { axis: 0 }));
  return graph.finish('ssd_mobilenetv1', metadata);
}

/** The batch normalisations' epsilon, 0.001 as a float32. */
const epsilon = 0.0010000000474974513;
const stridesOfTwo = new Set([2, 4, 6, 12]);

class Layers {
  readonly #graph: GraphBuilder;
  readonly #weights: Weights;

  constructor(graph: GraphBuilder, weights: Weights) {
    this.#graph = graph;
    this.#weights = weights;
  }

  /** The maps after layer 11 (32x32) and after layer 13 (16x16). */
  mobilenet(picture: FeatureMap): { middle: FeatureMap; last: FeatureMap } {
    let map = this.#pointwise(picture, 'MobilenetV1/Conv2d_0_pointwise', 2);
    let middle = map;
    for (let layer = 1; layer <= 13; layer += 1) {
      map = this.#depthwise(map, `MobilenetV1/Conv2d_${layer}_depthwise`, stridesOfTwo.has(layer) ? 2 : 1);
      map = this.#pointwise(map, `MobilenetV1/Conv2d_${layer}_pointwise`, 1);
      if (layer === 11) middle = map;
    }
    return { middle, last: map };
  }

  /** Four smaller maps behind the last: 8x8, 4x4, 2x2, 1x1. */
  extras(last: FeatureMap): FeatureMap[] {
    const maps: FeatureMap[] = [];
    let map = last;
    for (let layer = 0; layer < 8; layer += 2) {
      map = this.#pointwise(map, `Prediction/Conv2d_${layer}_pointwise`, 1);
      map = this.#pointwise(map, `Prediction/Conv2d_${layer + 1}_pointwise`, 2);
      maps.push(map);
    }
    return maps;
  }

  /** Rows of `length` numbers, one for each anchor, cell by cell. */
  predictor(map: FeatureMap, name: string, length: number): string {
    const { value } = convolve(this.#graph, map, {
      filter: this.#weights.get(`Prediction/${name}/weights`),
      bias: this.#weights.floats(`Prediction/${name}/biases`),
      padding: 'same',
    });
    const cells = this.#graph.node('Transpose', [value], { perm: [0, 2, 3, 1] });
    return this.#graph.node('Reshape', [cells, this.#graph.integers(-1, length)]);
  }

  /** The published weights have the normalisation folded in already, but for its offset. */
  #pointwise(map: FeatureMap, name: string, stride: number): FeatureMap {
    return this.#clipped(
      convolve(this.#graph, map, {
        filter: this.#weights.get(`${name}/weights`),
        bias: this.#weights.floats(`${name}/convolution_bn_offset`),
        stride,
        padding: 'same',
      }),
    );
  }

  #depthwise(map: FeatureMap, name: string, stride: number): FeatureMap {
    const norm = (part: string) => this.#weights.floats(`${name}/BatchNorm/${part}`);
    const variance = norm('moving_variance');
    const mean = norm('moving_mean');
    const gain = norm('gamma').map((gamma, c) => gamma / Math.sqrt((variance[c] ?? 0) + epsilon));
    const bias = norm('beta').map((beta, c) => beta - (mean[c] ?? 0) * (gain[c] ?? 0));
    return this.#clipped(
      convolve(this.#graph, map, {
        filter: this.#weights.get(`${name}/depthwise_weights`),
        depthwise: true,
        bias,
        gain,
        stride,
        padding: 'same',
      }),
    );
  }

  /** ReLU6. */
  #clipped(map: FeatureMap): FeatureMap {
    const bounds = [this.#graph.scalar(0), this.#graph.scalar(6)];
    return { ...map, value: this.#graph.node('Clip', [map.value, ...bounds]) };
  }
}

/**
 * Boxes from the anchors, [all, 4] as left, top, right, bottom in parts of the square: the centre moves by a
 * tenth of the anchor's size for each unit, the size grows by exp of a fifth (the SSD paper's variances).
 * Encodings and anchors are published with y before x, which the constants and one Gather put right.
 */
function decode(graph: GraphBuilder, weights: Weights, encoded: string): string {
  const anchors = weights.floats('Output/extra_dim');
  const centres: number[] = [];
  const sizes: number[] = [];
  for (let start = 0; start < anchors.length; start += 4) {
    const [top = 0, left = 0, bottom = 0, right = 0] = anchors.subarray(start, start + 4);
    centres.push((left + right) / 2, (top + bottom) / 2);
    sizes.push(right - left, bottom - top);
  }
  const shape = [anchors.length / 4, 2];
  const shift = graph.node('Mul', [
    graph.node('Gather', [encoded, graph.integers(1, 0)], { axis: 1 }),
    graph.floats(
      sizes.map((size) => size / 10),
      shape,
    ),
  ]);
  const centre = graph.node('Add', [shift, graph.floats(centres, shape)]);
  const growth = graph.node('Exp', [
    graph.node('Mul', [
      graph.node('Gather', [encoded, graph.integers(3, 2)], { axis: 1 }),
      graph.scalar(1 / 5),
    ]),
  ]);
  const half = graph.node('Mul', [
    growth,
    graph.floats(
      sizes.map((size) => size / 2),
      shape,
    ),
  ]);
  const corners = [graph.node('Sub', [centre, half]), graph.node('Add', [centre, half])];
  return graph.node('Concat', corners, { axis: 1 });
}
