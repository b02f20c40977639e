import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseInvocation } from '../../src/cli/command.ts';
import { command } from '../../src/cli/machines.ts';

/** What the command prints on standard output. */
async function printed(...args: string[]): Promise<string> {
  const write = process.stdout.write;
  let text = '';
  process.stdout.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof process.stdout.write;
  try {
    expect(await command.run(parseInvocation(command, args, new AbortController().signal))).toBe(0);
  } finally {
    process.stdout.write = write;
  }
  return text;
}

test('vigil machines lists every machine with what it is for', async () => {
  const lines = (await printed()).trim().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'device',
    'vision',
    'visit',
    'challenge',
    'hearing',
    'access',
    'output',
    'outputs',
    'door',
    'watchdog',
  ]);
});

test('vigil machines NAME prints Mermaid; --json prints one machine a line', async () => {
  expect(await printed('access')).toStartWith('stateDiagram-v2\n    [*] --> ready\n');
  const charts = (await printed('--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(charts.map(({ name }) => name)).toContain('watchdog');
});

test('vigil machines NAME --format svg --output FILE writes the picture', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-machines-'));
  const path = join(folder, 'visit.svg');
  expect(await printed('visit', '--format', 'svg', '--output', path)).toBe('');
  expect(await Bun.file(path).text()).toStartWith('<svg xmlns="http://www.w3.org/2000/svg"');
  rmSync(folder, { recursive: true });
});

test('vigil machines names what is allowed when it is asked for something else', () => {
  expect(printed('vison')).rejects.toThrow("no machine 'vison'. There are device, vision, visit");
  expect(printed('--format', 'png')).rejects.toThrow('allowed are mermaid, json, svg');
});

const golden = join(import.meta.dir, '../golden/traces');

test('vigil machines --coverage TRACE says how much of each machine was reached, and what is missing', async () => {
  const lines = (await printed('--coverage', join(golden, 'one-known-visitor.ndjson'))).split('\n');
  expect(lines.find((line) => line.startsWith('visit'))).toMatch(
    /^visit +\d+ of +\d+ states +\d+ of +\d+ transitions$/,
  );
  expect(lines).toContain('  ✗ refused → deciding  after second try');
  const all = await printed('visit', '--coverage', golden, '--json');
  const { machine, states, missedStates } = JSON.parse(all);
  expect(machine).toBe('visit');
  expect(states.total - states.reached).toBe(missedStates.length);
  expect(missedStates).not.toContain('granted');
});

test('a chart shows what was reached by signs and lines, not by colour alone', async () => {
  const trace = join(golden, 'one-known-visitor.ndjson');
  const mermaid = await printed('visit', '--coverage', trace, '--format', 'mermaid');
  expect(mermaid).toContain('state "✓ granted" as granted');
  expect(mermaid).toContain('state "✗ refused" as refused');
  expect(mermaid).toContain('refused --> deciding : ✗ after second try');
  const svg = await printed('visit', '--coverage', trace, '--format', 'svg');
  expect(svg).toContain('<g class="state missed" data-state="refused">');
  expect(svg).toContain('<g class="transition missed" data-from="refused" data-to="deciding">');
  expect(svg).toContain('✗ refused');
});

test('--coverage without a trace, or with a folder that has none, says what to do', async () => {
  const wrong = (...args: string[]) => printed(...args).catch((error: Error) => error.message);
  expect(await wrong('--coverage')).toContain('name the traces');
  expect(await wrong('--coverage', join(import.meta.dir, '../support'))).toContain('no traces');
});
