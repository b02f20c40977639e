import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { FeatureMap } from './convolution.ts';

/** The graph's picture input, uint8 RGB [h, w, 3], and what is computed of its size. */
export interface Picture {
  readonly image: string;
  /** int64 [2]: height and width. */
  readonly size: string;
}

export function pictureInput(graph: GraphBuilder): Picture {
  const image = graph.input('image', 'uint8', ['h', 'w', 3]);
  const shape = graph.node('Shape', [image]);
  const size = graph.node('Slice', [shape, graph.integers(0), graph.integers(2), graph.integers(0)]);
  return { image, size };
}

/**
 * The picture at one scale for both axes in the top left of a map of `heightPx` x `widthPx`, bilinear with
 * pixel centres at half, the rest 0 (which is black: normalise afterwards). `unscale` is float32 [2]: picture
 * pixels for one pixel of the map, along x and along y.
 *
 * Planes are taken apart while the picture still has one byte a value, and it is resized as planes:
 * onnxruntime 1.27 was slower with every other order.
 */
export function letterbox(
  graph: GraphBuilder,
  { image, size }: Picture,
  heightPx: number,
  widthPx: number,
): { map: FeatureMap; unscale: string } {
  const sizePx = graph.cast(size, 'float32');
  const scale = graph.node('ReduceMin', [graph.node('Div', [graph.floats([heightPx, widthPx]), sizePx])]);
  const exact = graph.node('Mul', [sizePx, scale]);
  const rounded = graph.node('Floor', [graph.node('Add', [exact, graph.scalar(0.5)])]);
  // Rounding must not lead out of the map.
  const inner = graph.node('Min', [graph.cast(rounded, 'int64'), graph.integers(heightPx, widthPx)]);
  const resized = graph.node(
    'Resize',
    [planes(graph, image), '', '', graph.node('Concat', [graph.integers(1, 3), inner], { axis: 0 })],
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel' },
  );
  const missing = graph.node('Sub', [graph.integers(heightPx, widthPx), inner]);
  const padded = graph.node('Pad', [
    resized,
    graph.node('Concat', [graph.integers(0, 0, 0, 0, 0, 0), missing], { axis: 0 }),
    graph.scalar(0),
  ]);
  // Tells the runtime the shape, so that it can plan everything behind it.
  const value = graph.node('Reshape', [padded, graph.integers(1, 3, heightPx, widthPx)]);
  const xy = graph.integers(1, 0);
  const unscale = graph.node('Div', [
    graph.node('Gather', [sizePx, xy]),
    graph.cast(graph.node('Gather', [inner, xy]), 'float32'),
  ]);
  return { map: { value, channels: 3, heightPx, widthPx }, unscale };
}

/**
 * The picture padded with 0 to a square and resized to `sidePx`, as face-api does (source = target * scale).
 * `centred`: half of the padding on either side, the odd pixel after; otherwise all of it right or below.
 * `side` and `missing` are int64: [1], the square's side, and [2], side minus height and width.
 */
export function squared(
  graph: GraphBuilder,
  { image, size }: Picture,
  sidePx: number,
  centred: boolean,
): { map: FeatureMap; side: string; missing: string } {
  const side = graph.node('ReduceMax', [size]);
  const missing = graph.node('Sub', [side, size]);
  const before = centred ? graph.node('Div', [missing, graph.integers(2)]) : graph.integers(0, 0);
  const after = centred ? graph.node('Sub', [missing, before]) : missing;
  const none = graph.integers(0);
  // Padded while a pixel still takes three bytes and not twelve.
  const padded = graph.node('Pad', [
    image,
    graph.node('Concat', [before, none, after, none], { axis: 0 }),
    graph.constant({ type: 'uint8', shape: [], values: new Uint8Array(1) }),
  ]);
  const target = graph.integers(1, 3, sidePx, sidePx);
  const value = graph.node('Resize', [planes(graph, padded), '', '', target], {
    mode: 'linear',
    coordinate_transformation_mode: 'asymmetric',
  });
  return { map: { value, channels: 3, heightPx: sidePx, widthPx: sidePx }, side, missing };
}

/** x / 127.5 - 1: bytes to [-1, 1]. */
export function normalizeSymmetric(graph: GraphBuilder, map: FeatureMap): FeatureMap {
  const scaled = graph.node('Mul', [map.value, graph.scalar(1 / 127.5)]);
  return { ...map, value: graph.node('Add', [scaled, graph.scalar(-1)]) };
}

/** (x - mean) / 255 with the mean colour that face-api's landmark and recognition networks were trained with. */
export function normalizeByMeanColour(graph: GraphBuilder, map: FeatureMap): FeatureMap {
  const centred = graph.node('Sub', [map.value, graph.floats([122.782, 117.001, 104.298], [3, 1, 1])]);
  return { ...map, value: graph.node('Mul', [centred, graph.scalar(1 / 255)]) };
}

/** uint8 [h, w, 3] to float32 [1, 3, h, w]. */
function planes(graph: GraphBuilder, image: string): string {
  const chw = graph.node('Transpose', [image], { perm: [2, 0, 1] });
  return graph.cast(graph.node('Unsqueeze', [chw, graph.integers(0)]), 'float32');
}
