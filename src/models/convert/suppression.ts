import type { GraphBuilder } from '../onnx/graph-builder.ts';

export interface Suppression {
  /** Boxes weaker than this are dropped before anything else. */
  readonly leastScore: number;
  /** Of two boxes that overlap by more than this (intersection over union) the weaker is dropped. */
  readonly mostOverlap: number;
  readonly mostBoxes: number;
}

/**
 * Greedy non-maximum suppression: the rows that stay, int64 [n], best first. `boxes` is float32 [all, 4] with
 * two opposite corners, `scores` float32 [all].
 */
export function suppress(graph: GraphBuilder, boxes: string, scores: string, limits: Suppression): string {
  const selected = graph.node('NonMaxSuppression', [
    graph.node('Unsqueeze', [boxes, graph.integers(0)]),
    graph.node('Unsqueeze', [scores, graph.integers(0, 1)]),
    graph.integers(limits.mostBoxes),
    graph.floats([limits.mostOverlap]),
    graph.floats([limits.leastScore]),
  ]);
  // Rows of [batch, class, box]: the last column.
  return graph.node('Gather', [selected, graph.constant(two)], { axis: 1 });
}

/** An index without dimensions, so that Gather drops the axis. */
const two = { type: 'int64', shape: [], values: BigInt64Array.of(2n) } as const;
