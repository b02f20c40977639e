import { join } from 'node:path';
import { isBoot } from '../../../src/runtime/boot-record.ts';
import type { TraceRecord } from '../../../src/trace/record.ts';
import { play, type ScenarioName } from '../../machines/scenarios.ts';

/** What a visitor, a speaker and an installer would notice first if it changed. */
export const goldenScenarios = [
  'one known visitor',
  'a stranger',
  'a known voice',
  'a camera unplugged while somebody is served',
] as const satisfies readonly ScenarioName[];

/** The file of a scenario's golden trace. */
export function goldenPath(name: ScenarioName): string {
  return join(import.meta.dir, `${name.replaceAll(' ', '-')}.ndjson`);
}

/** The trace of a scenario as it is now, without the boot, which names the program. */
export async function traceOf(name: ScenarioName): Promise<readonly TraceRecord[]> {
  const simulated = await play(name);
  await simulated.stop();
  return simulated.records.filter((record) => !isBoot(record));
}
