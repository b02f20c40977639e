import type { Box } from '../../../hal/contract/face-models.ts';

/** RGB, row by row. */
export interface Picture {
  readonly pixels: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface FoundFace {
  readonly box: Box;
  /** Each detector has scores of its own; null where it gives none. */
  readonly score: number | null;
}

/** A way of finding faces, old or new. */
export interface PictureDetector {
  /** Every face in a picture, best first where there are scores. One call at a time; it blocks its thread. */
  detect(picture: Picture): Promise<FoundFace[]>;
}
