import { expect, test } from 'bun:test';
import { join, resolve } from 'node:path';
import { loadScenarios } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';

const library = resolve(import.meta.dir, '../scenarios');

test('the networks themselves look and listen in simulated time, twice with the same trace', async () => {
  const [scenario] = await loadScenarios([join(library, 'real-face-and-voice.yaml')]);
  const one = await runScenario(scenario!, simTarget());
  expect([one.outcome, one.reason]).toEqual(['pass', null]);
  expect(Object.keys(one.provenance.models)).toEqual(['faces', 'voices']);
  const two = await runScenario(scenario!, simTarget());
  expect(two.traceHash).toBe(one.traceHash);
}, 120_000);

test('who has no picture or recording cannot be shown to the networks: an error that says who can', async () => {
  const run = (enrolled: string, step: string) =>
    runScenario(
      parseYamlScenario(`name: x\nmodels: real\nenrolled: [${enrolled}]\nsteps:\n  - ${step}\n`, 'x.yaml'),
      simTarget(),
    );
  const unknownPicture = await run('ana', 'comes: eve');
  expect(unknownPicture.outcome).toBe('error');
  expect(unknownPicture.reason).toBe(
    "x.yaml:5:5: there is no picture 'eve'; allowed: ana, ana-another-day, bea, cleo, dora, stranger, stranger-like-ana",
  );
  expect((await run('eve', 'wait: 1s')).reason).toStartWith("there is no enrolment 'p_eve'; allowed: p_ana");
  expect((await run('ana', 'breaks: models-blind')).reason).toContain('a fault of oracle models');
}, 120_000);
