import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');
/** Loading the models, the first looks and three votes, on a loaded machine. */
const litLimitMs = 20_000;
/** The keeper bears this much silence, and then some for its own process to be scheduled. */
const silenceMs = 1_500;
const slackMs = 1_000;

const folders: string[] = [];
const children: Bun.Subprocess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The firmware as a process of its own, looking at the demo's visitors, with a file in the place of the lamp. */
function startFirmware(options: { holdMs: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-live-'));
  folders.push(folder);
  const line = join(folder, 'green');
  const config = join(folder, 'vigil.toml');
  writeFileSync(
    config,
    [
      '[output.green]',
      `file = ${JSON.stringify(line)}`,
      `hold_ms = ${options.holdMs}`,
      `max_on_ms = ${options.holdMs}`,
    ].join('\n'),
  );
  const child = Bun.spawn(
    [
      ...[process.execPath, join(root, 'src/cli/main.ts'), 'run', '--config', config],
      ...[
        '--camera',
        join(root, 'demo/visitors/ana-another-day.jpg'),
        '--dataset',
        join(root, 'demo/people'),
      ],
      ...['--state', join(folder, 'state')],
    ],
    { stdout: 'ignore', stderr: 'pipe', env: { ...process.env, INVOCATION_ID: undefined } },
  );
  children.push(child);
  return { child, folder, isOn: () => readLevel(line), edges: () => readEdges(`${line}.edges`) };
}

function readLevel(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').startsWith('1');
  } catch {
    return false;
  }
}

function readEdges(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean, limitMs: number, what: string): Promise<number> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > limitMs) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await Bun.sleep(10);
  }
  return performance.now() - startMs;
}

describe('the firmware as a process, with a line that a keeper process holds', () => {
  test('lights the lamp for a known person, and SIGTERM puts it out and ends in order', async () => {
    const { child, isOn } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGTERM');
    await until(() => !isOn(), 1_000, 'the dark');
    expect(await child.exited).toBe(0);
  }, 40_000);

  test('killed with -9 while the lamp is lit: the keeper puts it out', async () => {
    const { child, isOn } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGKILL');
    expect(await until(() => !isOn(), silenceMs + slackMs, 'the dark')).toBeLessThan(silenceMs + slackMs);
  }, 40_000);

  test('stopped while the lamp is lit: the keeper puts it out, and it goes on when it is continued', async () => {
    const { child, isOn, edges } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGSTOP');
    await until(() => !isOn(), silenceMs + slackMs, 'the dark');
    child.kill('SIGCONT');
    await Bun.sleep(500);
    expect(child.exitCode).toBeNull();
    expect(isOn()).toBe(false);
    expect(edges()).toContain('1');
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  }, 40_000);

  test('interrupted twice: it ends at once, and the keeper puts the lamp out', async () => {
    const { child, isOn } = startFirmware({ holdMs: 20_000 });
    await until(isOn, litLimitMs, 'the lamp');
    child.kill('SIGINT');
    child.kill('SIGINT');
    await until(() => !isOn(), silenceMs + slackMs, 'the dark');
    await child.exited;
  }, 40_000);
});
