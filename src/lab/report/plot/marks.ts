import {
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
} from 'd3-shape';

const shapes = [symbolCircle, symbolTriangle, symbolSquare, symbolDiamond, symbolCross, symbolStar].map(
  (type) => symbol(type, 46)() ?? '',
);

/** The outline of a mark around 0, 0; there are six. */
export function markPath(index: number): string {
  return shapes[index % shapes.length]!;
}
