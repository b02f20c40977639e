import { z } from 'zod';

import { ConversionError } from './errors.ts';
import type { PackageFiles } from './published-package.ts';
import type { RgbPicture } from './rgb-picture.ts';
import type { Sources } from './shipped-models.ts';
import { weightManifestSchema } from './weight-manifest.ts';

/** Rows of numbers that a network gives for a picture; a detector gives a score with each. */
export interface NetworkRows {
  readonly rows: readonly Float32Array[];
  readonly scores: readonly number[];
}

/** A network as it was published, run by TensorFlow.js. */
export interface PublishedNetwork {
  /** The converted file that has to give the same. */
  readonly file: string;
  /** The only size of picture it takes, so that nothing is resized on the way. */
  readonly sidePx: number;
  /** Every row the network gives, for detectors before any suppression. */
  run(picture: RgbPicture): NetworkRows;
}

/**
 * The five published networks on TensorFlow.js's plain JavaScript backend, which shares no code with
 * onnxruntime; slow, a second or so a picture. It comes bundled in face-api.
 */
export async function openPublishedNetworks(sources: Sources): Promise<PublishedNetwork[]> {
  const { tf, FaceLandmark68Net, FaceRecognitionNet, SsdMobilenetv1, NetInput } = await loadTensorFlow();
  const weights = (network: string) => {
    const [group] = manifestOf(sources.faceApi, network);
    const bytes = sources.faceApi.bytes(`model/${network}_model.bin`);
    return tf.io.decodeWeights(Uint8Array.from(bytes).buffer, group?.weights ?? []);
  };
  const faceApiInput = ({ data, widthPx, heightPx }: RgbPicture) =>
    new NetInput([tf.tensor(Int32Array.from(data), [heightPx, widthPx, 3], 'int32')]);

  const landmarks = new FaceLandmark68Net();
  landmarks.loadFromWeightMap(weights('face_landmark_68'));
  const recognition = new FaceRecognitionNet();
  recognition.loadFromWeightMap(weights('face_recognition'));
  const ssd = new SsdMobilenetv1();
  ssd.loadFromWeightMap(weights('ssd_mobilenetv1'));
  return [
    await publishedBlazeFace(tf, sources.humanModels, 'models/blazeface-back', {
      file: 'blazeface_back_256x256.onnx',
      sidePx: 256,
      cells: [
        { stridePx: 16, anchors: 2 },
        { stridePx: 32, anchors: 6 },
      ],
    }),
    await publishedBlazeFace(tf, sources.humanModels, 'models/facemesh-detection-short', {
      file: 'blazeface_short_128x128.onnx',
      sidePx: 128,
      cells: [
        { stridePx: 8, anchors: 2 },
        { stridePx: 16, anchors: 6 },
      ],
    }),
    {
      file: 'landmark68.onnx',
      sidePx: 112,
      run: (picture) => {
        const points = landmarks.forwardInput(faceApiInput(picture)).dataSync();
        return { rows: [Float32Array.from(points, (part) => part * picture.widthPx)], scores: [] };
      },
    },
    {
      file: 'face128.q8.onnx',
      sidePx: 150,
      run: (picture) => {
        const embedding = recognition.forwardInput(faceApiInput(picture)).dataSync();
        return { rows: [Float32Array.from(embedding)], scores: [] };
      },
    },
    {
      file: 'ssd_mobilenetv1.q8.onnx',
      sidePx: 512,
      run: (picture) => {
        const { boxes, scores } = ssd.forwardInput(faceApiInput(picture));
        const inside = (part: number) => Math.min(Math.max(part, 0), 1) * picture.widthPx;
        const rows = rowsOf(boxes[0]?.dataSync() ?? [], 4).map(([top = 0, left = 0, bottom = 0, right = 0]) =>
          Float32Array.of(inside(left), inside(top), inside(right), inside(bottom)),
        );
        return { rows, scores: Array.from(scores[0]?.dataSync() ?? []) };
      },
    },
  ];
}

interface BlazeFaceLayout {
  readonly file: string;
  readonly sidePx: number;
  /** The maps that boxes come from. */
  readonly cells: readonly { stridePx: number; anchors: number }[];
}

async function publishedBlazeFace(
  tf: TensorFlow,
  files: PackageFiles,
  path: string,
  { file, sidePx, cells }: BlazeFaceLayout,
): Promise<PublishedNetwork> {
  const json = graphSchema.parse(files.json(`${path}.json`));
  const model = await tf.loadGraphModel({
    load: async () => ({
      format: 'graph-model',
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest[0]?.weights ?? [],
      weightData: Uint8Array.from(files.bytes(`${path}.bin`)).buffer,
    }),
  });
  const anchors = cells.flatMap(({ stridePx, anchors: count }) => {
    const side = sidePx / stridePx;
    return Array.from({ length: side * side * count }, (_, index) => {
      const cell = Math.floor(index / count);
      return { x: ((cell % side) + 0.5) * stridePx, y: (Math.floor(cell / side) + 0.5) * stridePx };
    });
  });
  return {
    file,
    sidePx,
    run: ({ data }) => {
      const input = tf.tensor(
        Float32Array.from(data, (x) => x / 127.5 - 1),
        [1, sidePx, sidePx, 3],
        'float32',
      );
      const { logits, regressions } = splitOutputs([model.execute(input)].flat());
      const rows = regressions.map((numbers, index) => {
        const { x, y } = anchors[index] ?? { x: 0, y: 0 };
        const [dx = 0, dy = 0, width = 0, height = 0, ...points] = numbers;
        return Float32Array.of(
          x + dx - width / 2,
          y + dy - height / 2,
          x + dx + width / 2,
          y + dy + height / 2,
          ...points.map((offset, place) => offset + (place % 2 === 0 ? x : y)),
        );
      });
      return { rows, scores: logits.map((logit) => 1 / (1 + Math.exp(-logit))) };
    },
  };
}

/** One package gives a column of scores and 16 of numbers together, the other both for each of its maps. */
function splitOutputs(outputs: readonly TfTensor[]): { logits: number[]; regressions: Float32Array[] } {
  const finestFirst = outputs.toSorted((a, b) => (b.shape[1] ?? 0) - (a.shape[1] ?? 0));
  const together = finestFirst
    .filter(({ shape }) => shape[2] === 17)
    .flatMap((t) => rowsOf(t.dataSync(), 17));
  const logits = finestFirst.filter(({ shape }) => shape[2] === 1).flatMap((t) => [...t.dataSync()]);
  const numbers = finestFirst.filter(({ shape }) => shape[2] === 16).flatMap((t) => rowsOf(t.dataSync(), 16));
  return {
    logits: [...together.map((row) => row[0] ?? 0), ...logits],
    regressions: [...together.map((row) => row.subarray(1)), ...numbers],
  };
}

function rowsOf(values: ArrayLike<number>, length: number): Float32Array[] {
  const all = Float32Array.from(values);
  return Array.from({ length: all.length / length }, (_, row) =>
    all.subarray(row * length, (row + 1) * length),
  );
}

function manifestOf(files: PackageFiles, network: string) {
  return weightManifestSchema.parse(files.json(`model/${network}_model-weights_manifest.json`));
}

const graphSchema = z.object({ modelTopology: z.unknown(), weightsManifest: weightManifestSchema });

interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array | Int32Array | Uint8Array;
}

type WeightMap = Record<string, TfTensor>;

/** The part of TensorFlow.js that is used here; face-api's own types leave most of it out. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  tensor(values: Float32Array | Int32Array, shape: readonly number[], type: string): TfTensor;
  loadGraphModel(handler: { load(): Promise<unknown> }): Promise<{
    execute(input: TfTensor): TfTensor | TfTensor[];
  }>;
  readonly io: { decodeWeights(bytes: ArrayBuffer, specs: readonly unknown[]): WeightMap };
}

type NetworkClass<Output> = new () => {
  loadFromWeightMap(weights: WeightMap): void;
  forwardInput(input: object): Output;
};

/** A class or function of the bundle; what it takes and gives is not to be seen from outside. */
const callable = <T>() => z.custom<T>((value) => typeof value === 'function');

const faceApiSchema = z.object({
  tf: z.object({
    setBackend: callable<TensorFlow['setBackend']>(),
    tensor: callable<TensorFlow['tensor']>(),
    loadGraphModel: callable<TensorFlow['loadGraphModel']>(),
    io: z.object({ decodeWeights: callable<TensorFlow['io']['decodeWeights']>() }),
  }),
  FaceLandmark68Net: callable<NetworkClass<TfTensor>>(),
  FaceRecognitionNet: callable<NetworkClass<TfTensor>>(),
  SsdMobilenetv1: callable<NetworkClass<{ boxes: TfTensor[]; scores: TfTensor[] }>>(),
  NetInput: callable<new (pictures: readonly TfTensor[]) => object>(),
});

async function loadTensorFlow(): Promise<z.infer<typeof faceApiSchema>> {
  // The bundle is made for browsers; by this class it knows a browser's worker.
  Object.assign(globalThis, { WorkerGlobalScope: class {} });
  const bundle: unknown = await import('@vladmandic/face-api/dist/face-api.esm.js');
  const faceApi = faceApiSchema.parse({ ...Object(bundle) });
  if (await faceApi.tf.setBackend('cpu')) return faceApi;
  throw new ConversionError('TensorFlow.js has no cpu backend.');
}
