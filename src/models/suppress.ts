import type { Box } from '../../hal/contract/face-models.ts';

/** Area of the intersection over the area of the union: 0 for boxes apart, 1 for equal ones. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  return both / (a.width * a.height + b.width * b.height - both);
}

/**
 * Greedy non-maximum suppression: of boxes that overlap by more than `iou` only the one with the highest score
 * stays. Highest score first; equal scores keep their order.
 */
export function suppressOverlaps<T extends { readonly box: Box; readonly score: number }>(
  found: readonly T[],
  iou: number,
): T[] {
  const kept: T[] = [];
  for (const candidate of found.toSorted((a, b) => b.score - a.score)) {
    if (kept.every((better) => overlap(better.box, candidate.box) <= iou)) kept.push(candidate);
  }
  return kept;
}
