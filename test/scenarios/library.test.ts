import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { refusalCodes } from '../../src/decide/policy.ts';
import { presetNames } from '../../src/decide/presets.ts';
import { loadScenarios } from '../../src/scenario/load.ts';
import { runScenario } from '../../src/scenario/run.ts';
import { simTarget } from '../../src/scenario/sim-target.ts';

const scenarios = await loadScenarios([import.meta.dir]);
const requirements = [
  ...readFileSync(resolve(import.meta.dir, '../../docs/requirements.md'), 'utf8').matchAll(
    /^\| ([A-Z]+-\d+) \|/gm,
  ),
].map(([, id]) => id ?? '');

const oracle = scenarios.filter(({ models }) => models === 'oracle');
const real = scenarios.filter(({ models }) => models === 'real');

describe('with models that know the truth', () => {
  test.each(oracle.map((scenario) => [scenario.name, scenario] as const))(
    '%s passes, the same to the last record each time',
    async (_, scenario) => {
      const first = await runScenario(scenario, simTarget());
      expect(first.failures).toEqual([]);
      expect(first.outcome).toBe('pass');
      expect((await runScenario(scenario, simTarget())).traceHash).toBe(first.traceHash);
    },
  );
});

describe('with the real networks', () => {
  test.each(real.map((scenario) => [scenario.name, scenario] as const))(
    '%s passes',
    async (_, scenario) => {
      const result = await runScenario(scenario, simTarget());
      expect(result.failures).toEqual([]);
      expect(result.outcome).toBe('pass');
    },
    60_000,
  );
});

test('every reason to refuse, every preset and everything that can be demanded is in a scenario', () => {
  const texts = scenarios.map(({ file }) => readFileSync(file, 'utf8'));
  const missing = (words: readonly string[], pattern: (word: string) => RegExp) =>
    words.filter((word) => !texts.some((text) => pattern(word).test(text)));
  expect(missing(refusalCodes, (code) => new RegExp(`refused: ${code}\\b`))).toEqual([]);
  const configured = (key: string) => (word: string) => new RegExp(`access\\.${key}: ${word}\\b`);
  // The first of each is what stands there without a word.
  expect(missing(presetNames.slice(1), configured('preset'))).toEqual([]);
  expect(missing(['face', 'voice', 'both'], configured('require'))).toEqual([]);
  expect(missing(['nobody'], configured('require_at_night'))).toEqual([]);
  expect(missing(['nobody', 'both'], configured('require_degraded'))).toEqual([]);
});

test('every requirement is shown by a scenario, and every scenario shows one that there is', () => {
  expect(requirements.length).toBeGreaterThan(15);
  expect(new Set(requirements).size).toBe(requirements.length);
  const shown = new Set(scenarios.flatMap(({ shows }) => shows));
  expect(requirements.filter((id) => !shown.has(id))).toEqual([]);
  expect([...shown].filter((id) => !requirements.includes(id))).toEqual([]);
  expect(scenarios.filter(({ shows }) => shows.length === 0).map(({ name }) => name)).toEqual([]);
});
