import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  type DetectorEntry,
  type EmbedderEntry,
  type LandmarksEntry,
  type ModelEntry,
  modelEntrySchema,
  type VoiceEmbedderEntry,
} from './entry.ts';
import { ManifestError, messageOf } from './errors.ts';

/** The name of the manifest in the shipped folder and in the folder of added models. */
export const manifestFile = 'manifest.json';

/**
 * Two looks: a first detector over the frame, a second on a cut around each candidate; the score is the mean of
 * both. Which first one depends on the picture's shape and on the board.
 */
const twoLookSchema = z.strictObject({
  kind: z.literal('two-look'),
  landscape: z.string(),
  /** For portrait and square pictures. */
  portrait: z.string(),
  smallBoard: z.string(),
  second: z.string(),
  /** Least score of the first look for a second one. */
  candidate: z.number().gt(0).lt(1),
  find: z.number().gt(0).lt(1),
  act: z.number().gt(0).lt(1),
});

const pipelineSchema = z.strictObject({
  id: z.string().min(1),
  detector: twoLookSchema,
  landmarks: z.string(),
  embedder: z.string(),
});

const shippedSchema = z.strictObject({
  version: z.literal(1),
  pipelines: z.array(pipelineSchema).length(1, 'one pipeline, the default one'),
  voiceEmbedder: z.string(),
  models: z.array(modelEntrySchema),
});

const addedSchema = z.strictObject({ version: z.literal(1), models: z.array(modelEntrySchema) });

/** An entry that knows where its file lies, and whether it was added on this device. */
export type Located<E extends ModelEntry = ModelEntry> = E & {
  readonly path: string;
  readonly added: boolean;
};

/** The default pipeline with its models looked up, or one with another detector or embedder in their place. */
export interface Pipeline {
  readonly id: string;
  readonly detector: TwoLookDetector | SingleDetector;
  readonly landmarks: Located<LandmarksEntry>;
  readonly embedder: Located<EmbedderEntry>;
}

export interface TwoLookDetector {
  readonly kind: 'two-look';
  readonly landscape: Located<DetectorEntry>;
  readonly portrait: Located<DetectorEntry>;
  readonly smallBoard: Located<DetectorEntry>;
  readonly second: Located<DetectorEntry>;
  readonly candidate: number;
  readonly find: number;
  readonly act: number;
}

export interface SingleDetector {
  readonly kind: 'single';
  readonly model: Located<DetectorEntry>;
  readonly find: number;
  readonly act: number;
}

/** Every model that is known: those that are shipped and those that were added. */
export class Manifest {
  readonly models: readonly Located[];
  readonly #default: z.infer<typeof pipelineSchema>;
  readonly #defaultVoice: string;
  readonly #byId: ReadonlyMap<string, Located>;

  constructor(
    models: readonly Located[],
    defaultPipeline: z.infer<typeof pipelineSchema>,
    defaultVoiceEmbedder: string,
  ) {
    this.models = models;
    this.#default = defaultPipeline;
    this.#defaultVoice = defaultVoiceEmbedder;
    this.#byId = new Map(models.map((model) => [model.id, model]));
    this.pipeline();
    this.voiceEmbedder();
  }

  find(id: string): Located | undefined {
    return this.#byId.get(id);
  }

  /**
   * The default pipeline, or the same with another detector or embedder, by id.
   * Throws ManifestError when there is no such model, or it has another role.
   */
  pipeline(choice: { detector?: string; embedder?: string } = {}): Pipeline {
    const pipeline = this.#default;
    const two = pipeline.detector;
    const chosen = choice.detector === undefined ? undefined : this.#need(choice.detector, 'detector');
    const detector: Pipeline['detector'] =
      chosen === undefined
        ? {
            kind: 'two-look',
            landscape: this.#need(two.landscape, 'detector'),
            portrait: this.#need(two.portrait, 'detector'),
            smallBoard: this.#need(two.smallBoard, 'detector'),
            second: this.#need(two.second, 'detector'),
            candidate: two.candidate,
            find: two.find,
            act: two.act,
          }
        : { kind: 'single', model: chosen, find: chosen.find, act: chosen.act };
    return {
      id: [pipeline.id, choice.detector, choice.embedder].filter((part) => part !== undefined).join('+'),
      detector,
      landmarks: this.#need(pipeline.landmarks, 'landmarks'),
      embedder: this.#need(choice.embedder ?? pipeline.embedder, 'embedder'),
    };
  }

  /** The default voice embedder, or another by id. Throws ManifestError as `pipeline` does. */
  voiceEmbedder(id = this.#defaultVoice): Located<VoiceEmbedderEntry> {
    return this.#need(id, 'voice-embedder');
  }

  #need<R extends ModelEntry['role']>(id: string, role: R): Located<Extract<ModelEntry, { role: R }>> {
    const model = this.#byId.get(id);
    if (model !== undefined && hasRole(model, role)) return model;
    const allowed = this.models.filter((other) => other.role === role).map((other) => other.id);
    throw new ManifestError(
      `${model === undefined ? `no model '${id}'` : `model '${id}' has the role ${model.role}, not ${role}`}; ` +
        `there ${allowed.length === 0 ? `is no other ${role}` : `are ${allowed.join(', ')}`} (vigil models list)`,
    );
  }
}

function hasRole<R extends ModelEntry['role']>(
  model: Located,
  role: R,
): model is Located<Extract<ModelEntry, { role: R }>> {
  return model.role === role;
}

/**
 * Reads both manifests; the one of added models may be absent. Throws ManifestError, which names the file and the
 * key, when one is not valid, when an id occurs twice or when the default pipeline names a model that is not there.
 */
export async function readManifest(folders: { shippedDir: string; addedDir: string }): Promise<Manifest> {
  const shippedPath = join(folders.shippedDir, manifestFile);
  const shippedText = await readText(shippedPath);
  if (shippedText === undefined) {
    throw new ManifestError(`${shippedPath} is missing; restore it from the release`);
  }
  const shipped = parseManifest(shippedSchema, shippedText, shippedPath);
  const added = await readAddedModels(folders.addedDir);
  const models = [
    ...shipped.models.map((entry) => locate(entry, folders.shippedDir, false)),
    ...added.map((entry) => locate(entry, folders.addedDir, true)),
  ];
  const seen = new Set<string>();
  for (const { id } of models) {
    if (seen.has(id)) throw new ManifestError(`model id '${id}' occurs twice; give one of them another`);
    seen.add(id);
  }
  const defaultPipeline = shipped.pipelines[0];
  if (defaultPipeline === undefined) throw new ManifestError(`${shippedPath} has no pipeline`);
  return new Manifest(models, defaultPipeline, shipped.voiceEmbedder);
}

/** The entries of the manifest of added models; none where nothing was added yet. */
export async function readAddedModels(addedDir: string): Promise<ModelEntry[]> {
  const path = join(addedDir, manifestFile);
  const text = await readText(path);
  return text === undefined ? [] : parseManifest(addedSchema, text, path).models;
}

/** The text of a manifest of added models. */
export function formatAddedModels(models: readonly ModelEntry[]): string {
  return `${JSON.stringify({ version: 1, models }, undefined, 2)}\n`;
}

/** Parses JSON against a schema; the ManifestError lists every wrong place as `models[2].input.layot`. */
export function parseManifest<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ManifestError(`${path} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => {
    const place = issue.path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
      .join('');
    const at = place.replace(/^\./, '');
    if (issue.code !== 'unrecognized_keys') return [`  ${at === '' ? 'the file' : at}: ${issue.message}`];
    return issue.keys.map((key) => `  ${at === '' ? key : `${at}.${key}`}: unknown key`);
  });
  throw new ManifestError(`${path} is not valid:\n${lines.join('\n')}`);
}

function locate<E extends ModelEntry>(entry: E, dir: string, added: boolean): Located<E> {
  return { ...entry, path: join(dir, entry.file), added };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ManifestError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
