import { z } from 'zod';
import { encodeOnnx, type OnnxModel } from '../onnx/onnx-file.ts';
import { convertBlazeFace } from './blazeface.ts';
import { ConversionError } from './errors.ts';
import { convertFace128 } from './face128.ts';
import { readGraphModel } from './graph-model.ts';
import { convertLandmark68 } from './landmark68.ts';
import { faceApi, humanModels, openPackage, type PackageFiles } from './published-package.ts';
import { convertSsdMobilenet } from './ssd-mobilenet.ts';
import { readWeights, type Weights, weightManifestSchema } from './weight-manifest.ts';

/** A file of models/ and its bytes. */
export interface ConvertedModel {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Width and height of each input the large BlazeFace is shipped for. */
const blazeFaceBackSizes = [
  { widthPx: 256, heightPx: 192 },
  { widthPx: 192, heightPx: 160 },
  { widthPx: 256, heightPx: 256 },
] as const;

/** The published packages, opened. */
export interface Sources {
  readonly faceApi: PackageFiles;
  readonly humanModels: PackageFiles;
}

/** Fetches what is not in the cache yet, the larger package being 145 MB; see `openPackage` for its errors. */
export async function openSources(log: (line: string) => void): Promise<Sources> {
  return {
    faceApi: await openPackage(faceApi, ['model/*', 'demo/sample*.jpg'], log),
    humanModels: await openPackage(
      humanModels,
      ['models/blazeface-back.*', 'models/facemesh-detection-short.*'],
      log,
    ),
  };
}

/** Converts everything that models/ ships; throws ConversionError with the reason where it cannot. */
export function convertShippedModels(sources: Sources): ConvertedModel[] {
  const faceApiOrigin = metadataOf(`${faceApi.name} ${faceApi.version}`, 'MIT');
  const mediaPipeOrigin = metadataOf(
    `MediaPipe, from ${humanModels.name} ${humanModels.version}`,
    'Apache-2.0',
  );

  const back = graphModelOf(sources.humanModels, 'models/blazeface-back');
  const short = graphModelOf(sources.humanModels, 'models/facemesh-detection-short');
  const models: { file: string; model: OnnxModel }[] = [
    ...blazeFaceBackSizes.map(({ widthPx, heightPx }) => ({
      file: `blazeface_back_${widthPx}x${heightPx}.onnx`,
      model: convertBlazeFace(back.graph, back.weights, 'blazeface_back', heightPx, widthPx, mediaPipeOrigin),
    })),
    {
      file: 'blazeface_short_128x128.onnx',
      model: convertBlazeFace(short.graph, short.weights, 'blazeface_short', 128, 128, mediaPipeOrigin),
    },
    {
      file: 'landmark68.onnx',
      model: convertLandmark68(weightsOf(sources.faceApi, 'face_landmark_68'), faceApiOrigin),
    },
    {
      file: 'face128.q8.onnx',
      model: convertFace128(weightsOf(sources.faceApi, 'face_recognition'), faceApiOrigin),
    },
    {
      file: 'ssd_mobilenetv1.q8.onnx',
      model: convertSsdMobilenet(weightsOf(sources.faceApi, 'ssd_mobilenetv1'), faceApiOrigin),
    },
  ];
  return models.map(({ file, model }) => ({ file, bytes: encodeOnnx(model) }));
}

/** What Apache-2.0, section 4b, wants said in the file itself. */
function metadataOf(origin: string, licence: string): Record<string, string> {
  return { origin, licence, changed: 'converted to ONNX for Vigil; NOTICE.md says what was changed' };
}

function weightsOf(files: PackageFiles, network: string): Weights {
  const path = `model/${network}_model-weights_manifest.json`;
  const manifest = weightManifestSchema.safeParse(files.json(path));
  if (!manifest.success) {
    throw new ConversionError(`${path} is not a weight manifest: ${z.prettifyError(manifest.error)}`);
  }
  return readWeights(manifest.data, (name) => files.bytes(`model/${name}`));
}

function graphModelOf(files: PackageFiles, path: string) {
  const graph = readGraphModel(path, files.json(`${path}.json`));
  return { graph, weights: readWeights(graph.weightManifest, (name) => files.bytes(`models/${name}`)) };
}
