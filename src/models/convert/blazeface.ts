import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { OnnxModel } from '../onnx/onnx-file.ts';
import { BlazeFaceLayers } from './blazeface-layers.ts';
import type { FeatureMap } from './convolution.ts';
import { ConversionError } from './errors.ts';
import type { GraphModel, TensorFlowNode } from './graph-model.ts';
import { letterbox, normalizeSymmetric, pictureInput } from './picture.ts';
import { suppress } from './suppression.ts';
import type { Weights } from './weight-manifest.ts';

/**
 * MediaPipe's BlazeFace (arXiv 1907.05047), at any input size whose sides its largest stride divides: nothing
 * in the network depends on the size. Input: `image`, uint8 RGB [h, w, 3]. Outputs, in picture pixels, best
 * first: `boxes` [n, 4] (left, top, right, bottom; the network's own square from brow to chin), `scores` [n],
 * `points` [n, 6, 2] (eye on the picture's left, eye on its right, nose tip, mouth, ear left, ear right).
 */
export function convertBlazeFace(
  model: GraphModel,
  weights: Weights,
  name: string,
  heightPx: number,
  widthPx: number,
  metadata: OnnxModel['metadata'],
): OnnxModel {
  const graph = new GraphBuilder();
  const { map, unscale } = letterbox(graph, pictureInput(graph), heightPx, widthPx);
  const layers = new BlazeFaceLayers(graph, model, weights, normalizeSymmetric(graph, map));

  const logits: string[] = [];
  const regressions: string[] = [];
  const anchors: number[] = [];
  for (const head of headsOf(model, weights)) {
    const scoreMap = layers.head(head.scores);
    logits.push(rows(graph, scoreMap, 1));
    regressions.push(rows(graph, layers.head(head.regression, cornersFromCentres), numbersPerBox));
    anchors.push(...anchorPoints(scoreMap, heightPx / scoreMap.heightPx));
  }
  const all = graph.node('Reshape', [graph.node('Concat', logits, { axis: 0 }), graph.integers(-1)]);
  const scores = graph.node('Sigmoid', [all]);
  // Every pair (x, y) of a row counts from its anchor point.
  const decoded = graph.node('Add', [
    graph.node('Concat', regressions, { axis: 0 }),
    graph.floats(repeatPairs(anchors, numbersPerBox / 2), [anchors.length / 2, numbersPerBox]),
  ]);
  const boxes = columns(graph, decoded, 0, 4);
  const kept = suppress(graph, boxes, scores, { leastScore: 0.1, mostOverlap: 0.3, mostBoxes: 200 });

  const pairs = graph.node('Reshape', [
    graph.node('Gather', [decoded, kept], { axis: 0 }),
    graph.integers(-1, numbersPerBox / 2, 2),
  ]);
  const inPicture = graph.node('Mul', [pairs, unscale]);
  const corners = graph.node('Reshape', [columns(graph, inPicture, 0, 2), graph.integers(-1, 4)]);
  graph.output('boxes', 'float32', ['n', 4], corners);
  graph.output('scores', 'float32', ['n'], graph.node('Gather', [scores, kept], { axis: 0 }));
  graph.output('points', 'float32', ['n', 6, 2], columns(graph, inPicture, 2, 8));
  return graph.finish(name, metadata);
}

/** Centre, size and six points. */
const numbersPerBox = 16;

interface Head {
  readonly scores: TensorFlowNode;
  readonly regression: TensorFlowNode;
}

/**
 * The convolutions behind which the published graph only reshapes: two for each map, in the order of their
 * strides. They have A and 16 A channels for A anchors a cell: 2 on the first map, 6 on the second.
 */
function headsOf(model: GraphModel, weights: Weights): Head[] {
  const byChannels = new Map<number, TensorFlowNode>();
  for (const { operator, inputs } of model.nodes.values()) {
    const source = model.nodes.get(inputs[0] ?? '');
    if (operator !== 'Reshape' || source?.operator !== '_FusedConv2D') continue;
    byChannels.set(weights.get(source.inputs[1] ?? '').shape.at(-1) ?? 0, source);
  }
  return [2, 6].map((anchorsPerCell) => {
    const scores = byChannels.get(anchorsPerCell);
    const regression = byChannels.get(anchorsPerCell * numbersPerBox);
    if (scores !== undefined && regression !== undefined) return { scores, regression };
    throw new ConversionError(`There is no head of ${anchorsPerCell} anchors a cell.`);
  });
}

/**
 * The network gives centre and size; corners are a linear function of them, so the last convolution can give
 * corners itself. `outputs` are the 16 numbers of one anchor for one input channel (or the bias).
 */
function cornersFromCentres(outputs: Float32Array): Float32Array {
  const result = outputs.slice();
  for (let start = 0; start < outputs.length; start += numbersPerBox) {
    const [x = 0, y = 0, width = 0, height = 0] = outputs.subarray(start, start + 4);
    result.set([x - width / 2, y - height / 2, x + width / 2, y + height / 2], start);
  }
  return result;
}

/** x, y of the cell's middle in pixels of the network's input, once for each anchor; anchors have no size. */
function* anchorPoints(map: FeatureMap, stridePx: number): Generator<number> {
  for (let row = 0; row < map.heightPx; row += 1) {
    for (let column = 0; column < map.widthPx; column += 1) {
      for (let anchor = 0; anchor < map.channels; anchor += 1) {
        yield (column + 0.5) * stridePx;
        yield (row + 0.5) * stridePx;
      }
    }
  }
}

function* repeatPairs(pairs: readonly number[], times: number): Generator<number> {
  for (let index = 0; index < pairs.length; index += 2) {
    for (let time = 0; time < times; time += 1) yield* pairs.slice(index, index + 2);
  }
}

/** A head's map, cell by cell and anchor by anchor, as rows of `length` numbers. */
function rows(graph: GraphBuilder, map: FeatureMap, length: number): string {
  const cells = graph.node('Transpose', [map.value], { perm: [0, 2, 3, 1] });
  return graph.node('Reshape', [cells, graph.integers(-1, length)]);
}

/** Columns `first` to before `end` of axis 1. */
function columns(graph: GraphBuilder, value: string, first: number, end: number): string {
  return graph.node('Slice', [value, graph.integers(first), graph.integers(end), graph.integers(1)]);
}
