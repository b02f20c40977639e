import type { Provenance } from './provenance.ts';
import type { Place } from './step.ts';
import type { ProbeKind } from './target.ts';
import type { LampEdge, SeenBreach } from './watcher.ts';

/**
 * `fail`: the firmware did not do what was expected. `skip`: the target lacks what the scenario needs. `error`: the
 * rig or the scenario is broken, and nothing is said about the firmware.
 */
export type Outcome = 'pass' | 'fail' | 'skip' | 'error';

export interface LimitsMs {
  readonly leastMs?: number;
  readonly mostMs?: number;
}

export interface Measurement {
  readonly name: string;
  readonly unit: 'ms';
  /** Null when one of the two observations never came. */
  readonly value: number | null;
  readonly limits: LimitsMs;
  readonly marginal: LimitsMs | null;
  readonly outcome: 'pass' | 'marginal' | 'fail';
}

/** A broken expectation, or what else went wrong at a step. */
export interface Failure {
  /** Null for what belongs to no step: the end of the scenario. */
  readonly place: Place | null;
  readonly step: string;
  readonly atMs: number;
  readonly expected: string;
  readonly seen: string;
  /** The last lines of the trace that have to do with it, and the steps between them. */
  readonly trace: readonly string[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly file: string;
  readonly shows: readonly string[];
  readonly outcome: Outcome;
  /** In one line; null for a pass. */
  readonly reason: string | null;
  readonly failures: readonly Failure[];
  readonly measurements: readonly Measurement[];
  readonly breaches: readonly SeenBreach[];
  /** Every change of the lamps, from the beginning to the end of the scenario. */
  readonly edges: Readonly<Record<'green' | 'red', readonly LampEdge[]>>;
  readonly probes: Readonly<Record<'green' | 'red', ProbeKind>> | null;
  /** Time of the scenario, on the session's clock, and what it took. */
  readonly durationMs: number;
  readonly tookMs: number;
  readonly records: number;
  /** SHA-256 over the traces of all boots, in order; null when nothing ran. */
  readonly traceHash: string | null;
  readonly provenance: Provenance;
  /** True when the rig is broken, so that later scenarios on it need not be tried. */
  readonly rigBroken: boolean;
}

/** 0: all passed or were skipped; 1: the firmware failed; 2 is for bad files; 3: the rig is in error. */
export function exitCodeOf(results: readonly ScenarioResult[]): 0 | 1 | 3 {
  if (results.some(({ outcome }) => outcome === 'error')) return 3;
  return results.some(({ outcome }) => outcome === 'fail') ? 1 : 0;
}

export function countOutcomes(results: readonly ScenarioResult[]): Record<Outcome, number> {
  const counts = { pass: 0, fail: 0, skip: 0, error: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}
