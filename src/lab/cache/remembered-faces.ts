import { z } from 'zod';
import type { FaceMatchLimits } from '../../../hal/contract/face-models.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import type { VigilConfig } from '../../config/schema.ts';
import { type Pipeline, readManifest } from '../../models/manifest.ts';
import { type FaceWorkers, openFaceWorkers } from '../../runtime/face-workers.ts';
import { modelChoice } from '../../runtime/real-models.ts';
import type { DescribedPictureFace, WorkerFaceModels } from '../../vision/worker-face-models.ts';
import { faceSchema, type ModelChoice } from '../../vision/worker-messages.ts';
import { networksOf } from '../networks.ts';
import type { Provenance } from '../report/document.ts';
import { codeHash } from './code-hash.ts';
import { type ResultCache, resultKey } from './result-cache.ts';

/** Tells of every face in a picture, RGB, row by row; one picture at a time. */
export interface FaceDescriber {
  describe(
    picture: { readonly rgb: Uint8Array; readonly widthPx: number; readonly heightPx: number },
    signal: AbortSignal,
  ): Promise<readonly DescribedPictureFace[]>;
}

/** The device's face networks for an experiment. To be closed. */
export interface LabFaces extends AsyncDisposable {
  readonly pipelineId: string;
  readonly match: FaceMatchLimits;
  /** For the report: the networks, the detectors first. */
  readonly models: Provenance['models'];
  /** One a thread. */
  readonly describers: readonly FaceDescriber[];
}

/**
 * Loads the configured face networks in `threads` threads. What they said of the same pixels in an earlier run is taken
 * from the cache. Rejects with ManifestError, ModelError or HalError.
 */
export async function openLabFaces(
  options: {
    readonly config: VigilConfig;
    readonly stateDirectory: string;
    readonly threads: number;
    readonly cache: ResultCache | undefined;
  },
  signal: AbortSignal,
): Promise<LabFaces> {
  const { config, stateDirectory, threads, cache } = options;
  const choice = modelChoice(config, stateDirectory);
  const pipeline = (await readManifest(choice)).pipeline(choice);
  const workers: FaceWorkers = await openFaceWorkers(config, stateDirectory, threads, signal);
  const [first] = workers.models;
  if (first === undefined) throw new RangeError('at least one thread is needed');
  const key = cache === undefined ? '' : pipelineKey(pipeline, choice);
  return {
    pipelineId: first.pipelineId,
    match: first.match,
    models: networksOf(pipeline, choice.smallBoard).map(({ id, sha256 }) => ({ id, sha256 })),
    describers: workers.models.map((models) =>
      cache === undefined ? models : new RememberingDescriber(models, cache, key),
    ),
    [Symbol.asyncDispose]: () => workers[Symbol.asyncDispose](),
  };
}

const describedSchema = z.array(
  z.strictObject({
    face: faceSchema,
    embedding: z.array(z.number()).transform((numbers) => Float32Array.from(numbers)),
  }),
);

class RememberingDescriber implements FaceDescriber {
  readonly #models: WorkerFaceModels;
  readonly #cache: ResultCache;
  readonly #pipelineKey: string;

  constructor(models: WorkerFaceModels, cache: ResultCache, key: string) {
    this.#models = models;
    this.#cache = cache;
    this.#pipelineKey = key;
  }

  async describe(
    picture: Parameters<FaceDescriber['describe']>[0],
    signal: AbortSignal,
  ): Promise<readonly DescribedPictureFace[]> {
    const { rgb, widthPx, heightPx } = picture;
    const key = resultKey('faces', this.#pipelineKey, `${widthPx}x${heightPx}`, rgb);
    const known = this.#cache.get(key, describedSchema);
    if (known !== undefined) return known;
    const faces = await this.#models.describe(picture, signal);
    this.#cache.set(
      key,
      faces.map(({ face, embedding }) => ({ face, embedding: [...embedding] })),
    );
    return faces;
  }
}

/** Everything besides the picture that what is said of it depends on: networks, limits, and the code around them. */
function pipelineKey(pipeline: Pipeline, choice: ModelChoice): string {
  const { detector } = pipeline;
  const limits = detector.kind === 'single' ? [detector.find] : [detector.candidate, detector.find];
  const entries = networksOf(pipeline, choice.smallBoard).map(({ path: _, added: __, ...entry }) => entry);
  return resultKey(
    JSON.stringify({ limits, entries, runtime: packageJson.dependencies['onnxruntime-node'] }),
    codeHash('vision', 'models'),
  );
}
