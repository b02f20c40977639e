import { expect, test } from 'bun:test';
import { replay } from '../../../src/runtime/replay/replay.ts';
import { entriesOf } from '../../../src/trace/lines.ts';
import { play, type ScenarioName, scenarios } from '../../machines/scenarios.ts';

const signal = new AbortController().signal;

for (const name of Object.keys(scenarios) as ScenarioName[]) {
  test(`${name}: replayed, the machines do to the byte what they did`, async () => {
    const simulated = await play(name);
    await simulated.stop();
    const { records, divergence } = await replay(entriesOf(simulated.records, name), signal);
    expect(divergence).toBeNull();
    expect(records).toBe(simulated.records.length);
  });
}
