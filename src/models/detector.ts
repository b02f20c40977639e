import type { Point } from '../../hal/contract/face-models.ts';
import type { Detection } from './detection.ts';
import type { DetectionsOutput, DetectorEntry } from './entry.ts';
import { ModelError } from './errors.ts';
import type { Located } from './manifest.ts';
import { expectedPictures, type PackedPictures, PictureInput } from './picture-input.ts';
import { type ExpectedOutput, type NetworkOutput, OnnxSession } from './session.ts';
import { suppressOverlaps } from './suppress.ts';
import { decodeYunet, yunetOutputs, yunetPointNames } from './yunet.ts';

export interface Detector {
  readonly model: Located<DetectorEntry>;
  readonly pointNames: readonly string[];
  /**
   * The faces with at least `minScore`, strongest first. `rgb` is row by row and may lie in shared memory.
   * One call at a time; it blocks its thread. Throws ModelError `failed` or `wrong-shape`.
   */
  detect(rgb: Uint8Array, widthPx: number, heightPx: number, minScore: number): Promise<Detection[]>;
  close(): Promise<void>;
}

/** Loads a detector after checking its file. Throws ModelError; see `OnnxSession.open`. */
export async function loadDetector(model: Located<DetectorEntry>): Promise<Detector> {
  const { output } = model;
  const session = await OnnxSession.open(
    model,
    expectedPictures(model.input),
    output.kind === 'yunet' ? yunetOutputs : detectionsOutputs(output),
  );
  const input = new PictureInput(model.input);
  return {
    model,
    pointNames: output.kind === 'yunet' ? yunetPointNames : (output.pointNames ?? []),
    async detect(rgb, widthPx, heightPx, minScore) {
      const packed = input.pack(rgb, widthPx, heightPx);
      const outputs = await session.run(packed);
      const found =
        output.kind === 'yunet'
          ? decodeYunet(model.id, outputs, packed.inputWidthPx, packed.inputHeightPx, minScore)
          : readDetections(model.id, output, outputs, minScore);
      const [unitX, unitY] = picturePerUnit(output, packed);
      const scaled = found.map((detection) => scaleDetection(detection, unitX, unitY));
      refuseNonFinite(model.id, scaled);
      const kept =
        output.kind === 'detections' && output.nmsIou !== undefined
          ? suppressOverlaps(scaled, output.nmsIou)
          : scaled;
      return kept.toSorted((a, b) => b.score - a.score);
    },
    close: () => session.close(),
  };
}

function detectionsOutputs(output: DetectionsOutput): ExpectedOutput[] {
  return [
    { name: output.boxes, lastDims: [4] },
    { name: output.scores, lastDims: [] },
    ...(output.points === undefined ? [] : [{ name: output.points, lastDims: [] }]),
  ];
}

function readDetections(
  modelId: string,
  output: DetectionsOutput,
  outputs: readonly NetworkOutput[],
  minScore: number,
): Detection[] {
  const [boxes, scores, points] = outputs.map(({ data }) => data);
  if (!boxes || !scores) throw new ModelError('wrong-shape', modelId, 'it gave no boxes or no scores');
  const count = boxes.length / 4;
  const columns = output.faceColumn === undefined ? 1 : count === 0 ? 0 : scores.length / count;
  const column = output.faceColumn ?? 0;
  const pointCount = output.pointNames?.length ?? 0;
  if (
    scores.length !== count * columns ||
    !Number.isInteger(columns) ||
    (count > 0 && column >= columns) ||
    (points !== undefined && points.length !== count * pointCount * 2)
  ) {
    throw new ModelError(
      'wrong-shape',
      modelId,
      `its outputs do not fit together: ${outputs.map(({ shape }) => `[${shape}]`).join(', ')}`,
    );
  }
  const found: Detection[] = [];
  for (let i = 0; i < count; i++) {
    // NaN passes this comparison on purpose: refuseNonFinite names it.
    const score = scores[i * columns + column]!;
    if (score < minScore) continue;
    const x = boxes[i * 4]!;
    const y = boxes[i * 4 + 1]!;
    const box = { x, y, width: boxes[i * 4 + 2]! - x, height: boxes[i * 4 + 3]! - y };
    const own: Point[] = [];
    for (let k = 0; points !== undefined && k < pointCount; k++) {
      const at = (i * pointCount + k) * 2;
      own.push([points[at]!, points[at + 1]!]);
    }
    found.push({ box, score, points: own });
  }
  return found;
}

/** Picture pixels per unit of the network's coordinates. */
function picturePerUnit(output: DetectorEntry['output'], packed: PackedPictures): [x: number, y: number] {
  const unit = output.kind === 'yunet' ? 'input-px' : output.unit;
  if (unit === 'picture-px') return [1, 1];
  const [width, height] = unit === 'input-share' ? [packed.inputWidthPx, packed.inputHeightPx] : [1, 1];
  return [width / packed.scaleX, height / packed.scaleY];
}

function scaleDetection({ box, score, points }: Detection, unitX: number, unitY: number): Detection {
  return {
    box: { x: box.x * unitX, y: box.y * unitY, width: box.width * unitX, height: box.height * unitY },
    score,
    points: points.map(([x, y]) => [x * unitX, y * unitY]),
  };
}

function refuseNonFinite(modelId: string, found: readonly Detection[]): void {
  for (const { box, score } of found) {
    if (!Number.isFinite(score + box.x + box.y + box.width + box.height)) {
      throw new ModelError('failed', modelId, 'it gave a box or a score that is not a number');
    }
  }
}
