import { readFile } from 'node:fs/promises';
import { ModelError, messageOf } from '../../models/errors.ts';
import { convertedMat, loadOpenCv, type Net, type OpenCv, OpenCvMemory, openCvFile } from './open-cv.ts';
import type { FoundFace, PictureDetector } from './picture-detector.ts';

/** OpenCV's SSD face detector on a ResNet-10, as its own TensorFlow graph and the text that describes it to OpenCV. */
export interface SsdFiles {
  readonly graph: string;
  readonly config: string;
}

const id = 'resnet-ssd';
const sidePx = 300;
/** Blue, green, red: what the network was trained to have taken away. */
const mean = [104, 117, 123] as const;
/** Numbers in a row of the output: picture, class, confidence, and the box as shares of the picture. */
const rowLength = 7;

/** Above this the Python program takes a place for a face. */
const least = 0.5;

/**
 * The Python program's detector, with its settings: the whole picture squeezed to 300x300. Rejects with ModelError:
 * `missing` or `unreadable` when the files are not there or are not such a network.
 */
export async function loadResnetSsd(files: SsdFiles): Promise<PictureDetector> {
  const [graph, config] = await Promise.all([read(files.graph), read(files.config)]);
  const openCv = await loadOpenCv();
  const paths = [openCvFile(openCv, 'graph.pb', graph), openCvFile(openCv, 'graph.pbtxt', config)] as const;
  const detector = detectorOf(
    openCv,
    orUnreadable(files, () => openCv.readNet(...paths)),
    files,
  );
  // A network of another kind is found out now, not at the first picture.
  await detector.detect({ pixels: new Uint8Array(3), widthPx: 1, heightPx: 1 });
  return detector;
}

function detectorOf(openCv: OpenCv, network: Net, files: SsdFiles): PictureDetector {
  return {
    async detect(picture) {
      using memory = new OpenCvMemory();
      const image = convertedMat(openCv, memory, picture, openCv.COLOR_RGB2BGR);
      const rows = orUnreadable(files, () => {
        const size = new openCv.Size(sidePx, sidePx);
        const blob = openCv.blobFromImage(image, 1, size, new openCv.Scalar(...mean), false, false);
        network.setInput(memory.keep(blob));
        return memory.keep(network.forward()).data32F;
      });
      if (rows.length % rowLength !== 0) throw unreadable(files, 'its output is not that of an SSD');
      return facesOf(rows, picture.widthPx, picture.heightPx);
    },
  };
}

function facesOf(rows: Float32Array, widthPx: number, heightPx: number): FoundFace[] {
  const found: FoundFace[] = [];
  for (let at = 0; at < rows.length; at += rowLength) {
    const score = rows[at + 2]!;
    if (!(score > least)) continue;
    const x = rows[at + 3]! * widthPx;
    const y = rows[at + 4]! * heightPx;
    found.push({
      box: { x, y, width: rows[at + 5]! * widthPx - x, height: rows[at + 6]! * heightPx - y },
      score,
    });
  }
  return found.sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelError('missing', id, `${path} cannot be read: ${messageOf(error)}`, error);
  }
}

function orUnreadable<T>(files: SsdFiles, run: () => T): T {
  try {
    return run();
  } catch (error) {
    // From its C++ side OpenCV throws the address of the exception.
    throw unreadable(files, typeof error === 'number' ? 'OpenCV refuses it' : messageOf(error));
  }
}

function unreadable({ graph, config }: SsdFiles, why: string): ModelError {
  return new ModelError(
    'unreadable',
    id,
    `${graph} with ${config} is not OpenCV’s SSD face detector (opencv_face_detector_uint8.pb and ` +
      `opencv_face_detector.pbtxt): ${why}`,
  );
}
