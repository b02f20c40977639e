import type { Point } from '../../hal/contract/face-models.ts';
import type { Detection } from './detection.ts';
import { ModelError } from './errors.ts';
import type { ExpectedOutput, NetworkOutput } from './session.ts';
import { suppressOverlaps } from './suppress.ts';

const strides = [8, 16, 32] as const;
const suppressionIou = 0.3;

/** What yunet.ts reads: scores for class and object, box and five points of every cell, a set for each stride. */
export const yunetOutputs: readonly ExpectedOutput[] = strides.flatMap((stride) => [
  { name: `cls_${stride}`, lastDims: [1] },
  { name: `obj_${stride}`, lastDims: [1] },
  { name: `bbox_${stride}`, lastDims: [4] },
  { name: `kps_${stride}`, lastDims: [10] },
]);

/** The eyes are the picture's left and right ones. */
export const yunetPointNames = [
  'leftEye',
  'rightEye',
  'noseTip',
  'leftMouthCorner',
  'rightMouthCorner',
] as const;

/**
 * Faces from YuNet's twelve outputs, in pixels of the network's input, strongest first. Cells are read row by
 * row; score = sqrt(class * object), centre = (cell + offset) * stride, size = exp(number) * stride
 * (Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", 2023; the numbers are those of OpenCV's
 * FaceDetectorYN). Throws ModelError `wrong-shape` when the outputs do not belong to an input of this size.
 */
export function decodeYunet(
  modelId: string,
  outputs: readonly NetworkOutput[],
  inputWidthPx: number,
  inputHeightPx: number,
  minScore: number,
): Detection[] {
  const found: Detection[] = [];
  strides.forEach((stride, level) => {
    const [classes, objects, boxes, points] = outputs.slice(level * 4, level * 4 + 4).map(({ data }) => data);
    const columns = inputWidthPx / stride;
    const cells = columns * (inputHeightPx / stride);
    if (
      !classes ||
      !objects ||
      !boxes ||
      !points ||
      classes.length !== cells ||
      points.length !== cells * 10
    ) {
      throw new ModelError('wrong-shape', modelId, `its outputs are not those of YuNet at stride ${stride}`);
    }
    for (let cell = 0; cell < cells; cell++) {
      // NaN passes this comparison on purpose: the detector refuses it by name.
      const score = Math.sqrt(classes[cell]! * objects[cell]!);
      if (score < minScore) continue;
      const column = cell % columns;
      const row = (cell - column) / columns;
      const width = Math.exp(boxes[cell * 4 + 2]!) * stride;
      const height = Math.exp(boxes[cell * 4 + 3]!) * stride;
      const x = (column + boxes[cell * 4]!) * stride - width / 2;
      const y = (row + boxes[cell * 4 + 1]!) * stride - height / 2;
      const own: Point[] = yunetPointNames.map((_, i) => [
        (column + points[cell * 10 + 2 * i]!) * stride,
        (row + points[cell * 10 + 2 * i + 1]!) * stride,
      ]);
      found.push({ box: { x, y, width, height }, score, points: own });
    }
  });
  return suppressOverlaps(found, suppressionIou);
}
