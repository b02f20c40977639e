import { expect, test } from 'bun:test';
import { resolve } from 'node:path';
import { parseRig } from '../../src/scenario/rig.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { verbs } from '../../src/scenario/step.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';

const document = await Bun.file(resolve(import.meta.dir, '../../docs/scenarios.md')).text();
const block = (language: string) => document.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? '';

test('the scenario in the document passes', async () => {
  const result = await runScenario(parseYamlScenario(block('yaml'), 'docs/scenarios.md'), simTarget());
  expect([result.outcome, result.reason]).toEqual(['pass', null]);
});

test('the rig in the document is one', () => {
  expect(parseRig(block('toml'), 'docs/scenarios.md')).toMatchObject({ name: 'bench 1' });
});

test('every step is in the document', () => {
  for (const verb of verbs) expect(document).toContain(`\`${verb}\``);
});
