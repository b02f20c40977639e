import { join } from 'node:path';
import { verifyModel } from '../../models/verify.ts';
import { convertedMat, loadOpenCv, OpenCvMemory, openCvFile } from './open-cv.ts';
import type { PictureDetector } from './picture-detector.ts';

/** For a report. */
export const violaJonesModel = {
  id: 'haarcascade-frontalface',
  sha256: '0f7d4527844eb514d4a4948e822da90fbb16a34a0bbbbc6adc6498747a5aafb0',
} as const;

const file = 'haarcascade_frontalface_default.xml';
const fileBytes = 930_127;

/** Each size of the window is so much larger than the one before. */
const scaleFactor = 1.1;
/** So many windows have to agree on a face. */
const minNeighbours = 5;

/**
 * The detector of P. Viola and M. Jones ("Robust Real-Time Face Detection", IJCV 57, 2004) with OpenCV's frontal
 * cascade and the settings of the Python program. Smallest face 24 px. Rejects with ModelError when the cascade is
 * missing or altered.
 */
export async function loadViolaJones(modelsDir: string): Promise<PictureDetector> {
  const bytes = await verifyModel({
    ...violaJonesModel,
    path: join(modelsDir, file),
    bytes: fileBytes,
    remedy: 'restore it from the release (git checkout, or unpack it again)',
  });
  const openCv = await loadOpenCv();
  const classifier = new openCv.CascadeClassifier();
  if (!classifier.load(openCvFile(openCv, file, bytes))) throw new Error(`OpenCV does not read ${file}`);
  return {
    async detect(picture) {
      using memory = new OpenCvMemory();
      const grey = convertedMat(openCv, memory, picture, openCv.COLOR_RGB2GRAY);
      const found = memory.keep(new openCv.RectVector());
      const anySize = new openCv.Size(0, 0);
      classifier.detectMultiScale(grey, found, scaleFactor, minNeighbours, 0, anySize, anySize);
      return Array.from({ length: found.size() }, (_, index) => {
        const { x, y, width, height } = found.get(index);
        return { box: { x, y, width, height }, score: null };
      });
    },
  };
}
