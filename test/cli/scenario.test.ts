import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readTrace } from '../../src/trace/read-file.ts';
import { parseXml } from '../scenario/xml.ts';
import { vigil } from './vigil.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-scenario-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a scenario of these steps and gives its path. */
function file(name: string, ...steps: string[]): string {
  const path = join(folder, `${name}.yaml`);
  const lines = steps.map((line) => `  - ${line}\n`).join('');
  writeFileSync(path, `name: ${name}\nenrolled: [ana]\nsteps:\n${lines}`);
  return path;
}

const passes = file('passes', 'comes: ana', 'expect: { lamp: green, is: on, within: 2s }');
const fails = file('fails', 'comes: eve', 'expect: { lamp: green, is: on, within: 2s }');
const errs = file('errs', 'leaves: ana');
const bad = file('bad', 'wait: 2');

describe('vigil scenario run', () => {
  test('ends with 0 for what passes or is skipped, 1 for what fails, 2 for a bad file, 3 for an error', async () => {
    const rig = join(folder, 'blind.toml');
    writeFileSync(rig, 'name = "blind"\nhas = ["power", "people"]\n');
    const ends = async (...args: string[]) => (await vigil(['scenario', 'run', ...args])).exitCode;
    expect(await ends(passes)).toBe(0);
    expect(await ends(passes, '--rig', rig)).toBe(0);
    expect(await ends(passes, fails)).toBe(1);
    expect(await ends(passes, fails, errs)).toBe(3);
    expect(await ends(passes, bad)).toBe(2);
    expect(await ends(join(folder, 'nowhere.yaml'))).toBe(2);
    expect(await ends()).toBe(2);
    expect(await ends(passes, '--target', 'moon')).toBe(2);
  });

  test('tells each scenario in a line, and how a failure came about', async () => {
    const { stdout } = await vigil(['scenario', 'run', passes, fails]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^PASS {2}passes {2}0\.6 s in /);
    expect(lines[1]).toMatch(/^FAIL {2}fails {3}2\.\d s in /);
    expect(lines[2]?.trim()).toStartWith(
      `${fails}:5:5: expect { lamp: green, is: on, within: 2s }, at 2.000 s`,
    );
    expect(lines[3]?.trim()).toBe('expected: the green lamp is on within 2s');
    expect(lines[4]?.trim()).toBe('seen:     it is off, and never changed');
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped, 0 in error');
  });

  test('with --json prints one object a scenario and nothing else', async () => {
    const { stdout } = await vigil(['scenario', 'run', passes, fails, '--json']);
    const outcomes = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ name, outcome }) => [name, outcome]);
    expect(outcomes).toEqual([
      ['passes', 'pass'],
      ['fails', 'fail'],
    ]);
  });

  test('runs nothing when one file is wrong, and names every place', async () => {
    const { stdout, stderr } = await vigil(['scenario', 'run', passes, bad]);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `vigil: ${bad}:4:11: for is '2', but must be a time with its unit (ms, s, min, h, d), as 500ms\n`,
    );
  });

  test('with --output leaves JUnit, JSON and a trace that can be read, for every scenario', async () => {
    const output = join(folder, 'results');
    await vigil(['scenario', 'run', passes, fails, '--output', output]);
    expect(readdirSync(output).sort()).toEqual(['fails', 'junit.xml', 'passes', 'results.json']);
    expect(parseXml(await Bun.file(join(output, 'junit.xml')).text()).attributes.tests).toBe('2');
    const { pass, fail, results } = await Bun.file(join(output, 'results.json')).json();
    expect([pass, fail, results.length]).toEqual([1, 1, 2]);
    const { records } = await readTrace(join(output, 'passes', 'trace-1.ndjson'));
    const result = await Bun.file(join(output, 'passes', 'result.json')).json();
    expect(records.length).toBe(result.records);
    expect(records[0]).toMatchObject({ seq: 1, kind: 'note', note: 'boot' });
  });

  test('takes TypeScript, and says where in it something is wrong', async () => {
    const steps = resolve(import.meta.dir, '../../src/scenario/scenario.ts');
    const path = join(folder, 'wrong.ts');
    writeFileSync(
      path,
      `import { scenario, step } from '${steps}';\nexport default scenario({ name: 'x', steps: [\n  step.wait({ forMs: -1 }),\n] });\n`,
    );
    const { stderr, exitCode } = await vigil(['scenario', 'run', path]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`${path}:3:`);
    expect(stderr).toContain('step.wait: forMs: ');
    const known = resolve(import.meta.dir, '../scenario/known-face.ts');
    expect((await vigil(['scenario', 'run', known])).exitCode).toBe(0);
  });
});

test('--coverage says which states and transitions all scenarios together have reached', async () => {
  const known = resolve(import.meta.dir, '../scenario/known-face.ts');
  const { stdout } = await vigil(['scenario', 'run', known, '--coverage', '--json']);
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  const output = last.coverage.find(({ machine }: { machine: string }) => machine === 'output');
  expect(output.states.reached).toBeGreaterThan(0);
  expect(output.missedStates).not.toContain('on.lit');
});

test('vigil scenario list says what each shows and needs', async () => {
  const { stdout } = await vigil(['scenario', 'list', '--json']);
  const listed = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(listed.find(({ name }) => name === 'known-face')).toMatchObject({
    needs: ['people', 'power', 'camera'],
  });
});
