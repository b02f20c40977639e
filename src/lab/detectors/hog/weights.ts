import { join } from 'node:path';
import description from '../../../../models/dlib-frontal-hog.json' with { type: 'json' };
import { verifyModel } from '../../../models/verify.ts';
import { windowCells } from './features.ts';

/** A plane's filter is the sum of its pairs: each the product of a column and a row of ten numbers. */
export interface FilterPair {
  readonly plane: number;
  readonly row: Float32Array;
  readonly column: Float32Array;
}

/** One of the ways in which a face may be turned. */
export interface HogView {
  readonly name: string;
  /** A window whose sum reaches it is a face. */
  readonly threshold: number;
  /** In the order in which they are to be applied. */
  readonly pairs: readonly FilterPair[];
}

/** Two windows overlap when more than this share of both together, or of one of them, is in both. */
export const overlapLimits: { readonly iou: number; readonly covered: number } = description.overlap;

/** For a report. */
export const hogModel = { id: 'dlib-frontal-hog', sha256: description.sha256 } as const;

/** Reads dlib's five views from the folder of models. Rejects with ModelError; see `verifyModel`. */
export async function readHogViews(modelsDir: string): Promise<HogView[]> {
  const bytes = await verifyModel({
    ...hogModel,
    path: join(modelsDir, description.file),
    bytes: description.bytes,
    remedy: 'restore it from the release (git checkout, or unpack it again)',
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = description.pairs.byteOffset;
  const tenNumbers = () =>
    Float32Array.from({ length: windowCells }, () => {
      const value = view.getFloat32(at, true);
      at += 4;
      return value;
    });
  return description.views.map(({ name, threshold, pairsPerPlane }) => ({
    name,
    threshold,
    pairs: pairsPerPlane.flatMap((count, plane) =>
      Array.from({ length: count }, () => ({ plane, row: tenNumbers(), column: tenNumbers() })),
    ),
  }));
}
