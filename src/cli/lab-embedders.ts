import { availableParallelism } from 'node:os';
import { type LabFaces, openLabFaces } from '../lab/cache/remembered-faces.ts';
import type { ResultCache } from '../lab/cache/result-cache.ts';
import type { EmbedderEntry } from '../models/entry.ts';
import { addedModelsDir, shippedModelsDir } from '../models/folders.ts';
import { type Located, type Pipeline, readManifest } from '../models/manifest.ts';
import type { Invocation, OptionSpec } from './command.ts';
import { readSettings } from './settings.ts';

/** What an experiment with every face embedder is asked. */
export const embedderOptions = {
  config: { value: 'FILE', help: 'the configuration, which names the detector' },
  state: { value: 'DIR', help: 'where added models are stored' },
} as const satisfies Record<string, OptionSpec>;

/** The embedders to measure, the configured one first, and a way to load the networks with one of them. */
export interface Embedders {
  readonly embedders: readonly Located<EmbedderEntry>[];
  readonly openFaces: (embedder: Located<EmbedderEntry>, cache: ResultCache | undefined) => Promise<LabFaces>;
  /** The configured networks with another embedder. */
  readonly pipelineOf: (embedder: Located<EmbedderEntry>) => Pipeline;
}

/** More threads than this only wait for memory. */
const mostThreads = 8;

/** Reads the configuration and the manifest. Throws ConfigError and ManifestError. */
export async function readEmbedders(invocation: Invocation): Promise<Embedders> {
  const { config, stateDirectory } = await readSettings(invocation, {});
  const addedDir = addedModelsDir(stateDirectory);
  const manifest = await readManifest({ shippedDir: shippedModelsDir, addedDir });
  const { detector, embedder } = config.vision;
  const configured = manifest.pipeline(embedder === 'default' ? {} : { embedder }).embedder;
  const others = manifest.models.filter(
    (model): model is Located<EmbedderEntry> => model.role === 'embedder' && model.id !== configured.id,
  );
  const threads = Math.min(mostThreads, availableParallelism());
  return {
    embedders: [configured, ...others],
    pipelineOf: ({ id }) =>
      manifest.pipeline({ embedder: id, ...(detector === 'default' ? {} : { detector }) }),
    openFaces: ({ id }, cache) => {
      const vision = { ...config.vision, embedder: id };
      return openLabFaces(
        { config: { ...config, vision }, stateDirectory, threads, cache },
        invocation.signal,
      );
    },
  };
}
