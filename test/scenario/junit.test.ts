import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { junitXml } from '../../src/scenario/junit.ts';
import type { ScenarioResult } from '../../src/scenario/result.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';
import { parseYamlScenario } from '../../src/scenario/yaml.ts';
import { parseXml, type XmlElement } from './xml.ts';

const run = (name: string, needs: string, step: string): Promise<ScenarioResult> =>
  runScenario(
    parseYamlScenario(
      `name: ${name}\nshows: [R-1]\nneeds: [${needs}]\nsteps:\n  - ${step}\n`,
      `${name}.yaml`,
    ),
    simTarget(),
  );

const childrenNamed = (element: XmlElement | undefined, name: string) =>
  element?.children.filter((child) => child.name === name) ?? [];

test('JUnit has a test case a scenario, each outcome in its own way, and the totals', async () => {
  const results = [
    await run('passes', '', 'wait: 1s'),
    await run('fails', '', 'expect: { lamp: green, is: on, within: 1s }'),
    await run('skips', 'loopback', 'wait: 1s'),
    await run('errs', '', 'leaves: ana'),
  ];
  const root = parseXml(junitXml(results));
  const [suite] = root.children;
  for (const element of [root, suite]) {
    expect(element?.attributes).toMatchObject({ tests: '4', failures: '1', errors: '1', skipped: '1' });
  }
  const cases = childrenNamed(suite, 'testcase');
  const kinds = cases.map(({ attributes, children }) => [
    attributes.name,
    ...children.map(({ name }) => name).filter((name) => name !== 'properties'),
  ]);
  expect(kinds).toEqual([['passes'], ['fails', 'failure'], ['skips', 'skipped'], ['errs', 'error']]);
  const [failure] = childrenNamed(cases[1], 'failure');
  expect(failure?.attributes.message).toBe(
    'expected the green lamp is on within 1s; it is off, and never changed',
  );
  expect(failure?.text).toContain('fails.yaml:5:5: expect { lamp: green, is: on, within: 1s }');
  const properties = childrenNamed(childrenNamed(cases[0], 'properties')[0], 'property');
  expect(properties.map(({ attributes }) => attributes.name)).toContain('trace sha256');
  expect(properties[0]?.attributes).toEqual({ name: 'requirement', value: 'R-1' });
});

test('JUnit stays well-formed whatever a message holds', async () => {
  const result = await run('passes', '', 'wait: 1s');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const failure = { place: null, step: text, atMs: 0, expected: text, seen: text, trace: [text] };
      const failed: ScenarioResult = { ...result, outcome: 'fail', name: text, failures: [failure] };
      const errs: ScenarioResult = { ...result, outcome: 'error', reason: text };
      const [suite] = parseXml(junitXml([failed, errs])).children;
      expect(childrenNamed(suite, 'testcase').length).toBe(2);
      if (/^[ -~]*$/.test(text)) expect(suite?.children[0]?.attributes.name).toBe(text);
    }),
  );
});
