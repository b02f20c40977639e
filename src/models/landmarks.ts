import type { Point } from '../../hal/contract/face-models.ts';
import type { LandmarksEntry } from './entry.ts';
import { ModelError } from './errors.ts';
import type { Located } from './manifest.ts';
import { expectedPictures, PictureInput } from './picture-input.ts';
import { OnnxSession } from './session.ts';

export interface LandmarkLocator {
  readonly model: Located<LandmarksEntry>;
  /**
   * The points of the one face that fills the cut, in pixels of the cut; they may lie outside it. `rgb` is row by
   * row. One call at a time; it blocks its thread. Throws ModelError `failed` or `wrong-shape`.
   */
  locate(rgb: Uint8Array, widthPx: number, heightPx: number): Promise<Point[]>;
  close(): Promise<void>;
}

/** Loads a landmark network after checking its file. Throws ModelError; see `OnnxSession.open`. */
export async function loadLandmarks(model: Located<LandmarksEntry>): Promise<LandmarkLocator> {
  const { points: name, count } = model.output;
  const session = await OnnxSession.open(model, expectedPictures(model.input), [
    { name, lastDims: [count, 2] },
  ]);
  const input = new PictureInput(model.input);
  return {
    model,
    async locate(rgb, widthPx, heightPx) {
      const [output] = await session.run(input.pack(rgb, widthPx, heightPx));
      if (output?.data.length !== count * 2) {
        throw new ModelError('wrong-shape', model.id, `it gave [${output?.shape}], not ${count} points`);
      }
      const points: Point[] = [];
      for (let i = 0; i < count; i++) {
        const x = output.data[2 * i]!;
        const y = output.data[2 * i + 1]!;
        if (!Number.isFinite(x + y))
          throw new ModelError('failed', model.id, 'it gave a point that is not a number');
        points.push([x, y]);
      }
      return points;
    },
    close: () => session.close(),
  };
}
