import { entriesOf, type TraceEntry } from '../../../src/trace/lines.ts';
import type { TraceRecord } from '../../../src/trace/record.ts';
import { play, type ScenarioName } from '../../machines/scenarios.ts';

/** Never aborted. */
export const signal = new AbortController().signal;

/** The trace of a scenario, played to its end and stopped. */
export async function recordingOf(name: ScenarioName): Promise<readonly TraceRecord[]> {
  const simulated = await play(name);
  await simulated.stop();
  return simulated.records;
}

/** Records as a trace file would give them. */
export function asFile(records: readonly TraceRecord[]): TraceEntry[] {
  return [...entriesOf(records, 'test.ndjson')];
}
