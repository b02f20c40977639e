import type { TraceRecord } from '../trace/record.ts';
import type { ScenarioResult } from './result.ts';
import { runScenario } from './run.ts';
import type { Scenario } from './scenario.ts';
import { RigError, type Target } from './target.ts';

export interface SuiteOptions {
  readonly signal?: AbortSignal;
  readonly onResult?: (result: ScenarioResult, scenario: Scenario) => void;
  readonly onRecord?: (scenario: Scenario, record: TraceRecord, boot: number) => void;
}

/**
 * Runs scenarios one after another. When the rig breaks, those after it on the same rig are errors at once: what they
 * would say is not about the firmware. Rejects with the signal's reason, after the rig was put back.
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  target: Target,
  options: SuiteOptions = {},
): Promise<ScenarioResult[]> {
  const { signal, onResult, onRecord } = options;
  const results: ScenarioResult[] = [];
  let broken: ScenarioResult | undefined;
  for (const scenario of scenarios) {
    const result = await runScenario(scenario, broken === undefined ? target : brokenRig(target, broken), {
      ...(signal === undefined ? {} : { signal }),
      ...(onRecord === undefined ? {} : { onRecord: (record, boot) => onRecord(scenario, record, boot) }),
    });
    results.push(result);
    onResult?.(result, scenario);
    if (result.rigBroken) broken ??= result;
  }
  return results;
}

/** The rig that broke: nothing on it can be opened any more. */
function brokenRig(target: Target, { name, reason }: ScenarioResult): Target {
  return {
    ...target,
    open: () => Promise.reject(new RigError(`the rig broke in ${name}: ${reason}`)),
  };
}
