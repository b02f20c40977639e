import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { furtherMutants, mutants } from './mutants.ts';
import { expectKilled, MutatedCopy } from './mutated-copy.ts';

const root = resolve(import.meta.dir, '../..');

let copy: MutatedCopy;
beforeAll(() => {
  copy = new MutatedCopy();
});
afterAll(() => copy[Symbol.dispose]());

test('without a change the copy passes', async () => {
  expect((await copy.run({ scenario: 'known-face', edits: [] })).exitCode).toBe(0);
}, 20_000);

test.each(mutants.map((mutant) => [mutant.scenario, mutant.without, mutant] as const))(
  '%s fails without %s',
  (_, __, mutant) => expectKilled(copy, mutant),
  20_000,
);

test('every requirement has code that was disabled', () => {
  const document = readFileSync(join(root, 'docs/requirements.md'), 'utf8');
  const ids = [...document.matchAll(/^\| ([A-Z]+-\d+) \|/gm)].map(([, id]) => id);
  expect(ids.filter((id) => !mutants.some(({ shows }) => shows === id))).toEqual([]);
});

test('every scenario has code that was disabled, and fails without it', () => {
  const scenarios = readdirSync(join(root, 'test/scenarios'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length));
  const noticed = new Set([...mutants, ...furtherMutants].map(({ scenario }) => scenario));
  expect(scenarios.filter((scenario) => !noticed.has(scenario))).toEqual([]);
});
