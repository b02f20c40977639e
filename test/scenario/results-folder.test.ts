import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResultsFolder } from '../../src/scenario/results-folder.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';
import { readTrace } from '../../src/trace/read-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-results-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a trace that grows without end keeps its newest part, twice the limit at most', async () => {
  const scenario = parseYamlScenario('name: long\nsteps: [wait: 1h]\n', 'long.yaml');
  const limit = 1_500_000;
  const results = new ResultsFolder(folder, limit);
  const result = await runScenario(scenario, simTarget(), {
    onRecord: (record, boot) => results.add(scenario, record, boot),
  });
  results.finish(scenario, result);
  expect(readdirSync(join(folder, 'long')).sort()).toEqual([
    'result.json',
    'trace-1.ndjson',
    'trace-1.ndjson.1',
  ]);
  const [newest, before] = ['trace-1.ndjson', 'trace-1.ndjson.1'].map((name) => join(folder, 'long', name));
  const chunk = 1_100_000;
  expect(statSync(before!).size).toBeLessThan(limit + 2 * chunk);
  const { records } = await readTrace(newest!);
  const { records: older } = await readTrace(before!);
  expect(older.at(-1)!.seq + 1).toBe(records[0]!.seq);
  expect(records.at(-1)!.seq).toBe(result.records);
});

test('two scenarios of one name leave two folders', async () => {
  const results = new ResultsFolder(folder);
  for (let i = 0; i < 2; i++) {
    const scenario = parseYamlScenario('name: twin\nsteps: [wait: 1s]\n', 'twin.yaml');
    results.finish(scenario, await runScenario(scenario, simTarget()));
  }
  expect(readdirSync(folder)).toContain('twin');
  expect(readdirSync(folder)).toContain('twin-2');
});
