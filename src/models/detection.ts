import type { Box, Point } from '../../hal/contract/face-models.ts';

/** A face as the network gives it: the box is not mapped to the usual shape (see `boxMapping`). */
export interface Detection {
  /** In pixels of the picture; may reach over its edge. */
  readonly box: Box;
  readonly score: number;
  /** In pixels of the picture, in the order of the detector's `pointNames`; empty where it has none. */
  readonly points: readonly Point[];
}
