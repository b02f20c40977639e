import { cpus } from 'node:os';
import { type BuildId, buildId } from '../runtime/build-id.ts';
import type { ConfigValues, Scenario } from './scenario.ts';
import type { Target } from './target.ts';

/** What a result rests on: enough to make it again. */
export interface Provenance {
  readonly build: BuildId;
  readonly target: string;
  readonly rig: string;
  readonly seed: number;
  /** Keys of vigil.toml that the scenario sets; the others have their defaults. */
  readonly config: ConfigValues;
  /** By file or pipeline, what identifies the models. */
  readonly models: Readonly<Record<string, string>>;
  readonly machine: { readonly system: string; readonly processor: string; readonly bun: string };
  readonly startedAtUtc: string;
}

export function provenanceOf(
  scenario: Scenario,
  target: Target,
  models: Readonly<Record<string, string>>,
  startedAtUtc: string,
): Provenance {
  return {
    build: buildId(),
    target: target.name,
    rig: target.featuresFrom,
    seed: scenario.seed,
    config: scenario.config,
    models,
    machine: {
      system: `${process.platform} ${process.arch}`,
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      bun: Bun.version,
    },
    startedAtUtc,
  };
}
